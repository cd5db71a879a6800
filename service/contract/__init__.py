"""The OpenAPI document: what Litestar leaves out, its form for older generators, and what changes break clients."""
