"""Pictures over HTTP, uploaded before the table that names them."""
