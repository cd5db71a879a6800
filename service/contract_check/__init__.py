"""Runs the rules of ``mobile_contract/RULES.md`` against a deployment, over HTTP alone."""
