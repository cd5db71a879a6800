"""The demo catalog that ships with Photocode, and the walk through the main job."""
