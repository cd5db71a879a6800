"""The local certificate authority's certificate over HTTP."""
