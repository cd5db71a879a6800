"""How the weights of fusion are fitted: labelled photos looked up by the service itself, then two regressions."""
