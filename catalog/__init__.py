"""The domain: catalogs, products, reference images, galleries, search, lookups, imports.

Knows SQLAlchemy, pgvector and obstore; knows neither HTTP nor ONNX nor the wire.
"""
