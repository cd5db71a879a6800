"""The mobile day: workers and their phones as an open model, imports beside them, and what became of it."""
