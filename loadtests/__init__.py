"""Locust scenarios and benchmarks against the stage floors."""
