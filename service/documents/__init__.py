"""The API's document over HTTP, and a page to read it."""
