"""Where in a photo objects lie, and what each of them is."""
