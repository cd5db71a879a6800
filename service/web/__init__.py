"""The phone page: its files, and how they are served."""
