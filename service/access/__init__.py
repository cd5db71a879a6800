"""Who may ask: this machine, and devices that carry a token."""
