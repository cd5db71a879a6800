"""HTTPS on the local network: a certificate authority of this machine's own, and its server certificate."""
