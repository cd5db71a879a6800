"""Where the committed OpenAPI documents lie: of 3.1, and the same as 3.0.3 for older generators."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
DOCUMENT: Final = FOLDER / "openapi.json"
OLDER: Final = FOLDER / "openapi-3.0.json"
