"""Where learners' code runs."""
