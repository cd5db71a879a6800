"""The page that shows the API's document."""

from typing import Final

from service.access.routes import DOCUMENTS

PAGE: Final = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Photocode</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="{DOCUMENTS}/assets/swagger-ui.css"></head><body><div id="api"></div>
<script src="{DOCUMENTS}/assets/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{url: "{DOCUMENTS}/openapi.json", dom_id: "#api", deepLinking: true, tryItOutEnabled: true,
displayRequestDuration: true}})</script></body></html>"""
"""The document is fetched, so that what one tries is what is published."""
