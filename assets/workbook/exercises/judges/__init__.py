"""The judges: an answer as data in, a finding in words out. A module for each kind of answer.

They read no file and print nothing. Behaviour is judged by running the Workflow on arguments that
the learner did not choose.
"""
