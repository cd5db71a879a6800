"""Examples: each a script of its own (``python -m mobile_contract.clients.python.examples.NAME --help``)."""
