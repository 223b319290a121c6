"""What runs inside a sandbox: the warm process, what forks from it, and what watches over that.

Nothing here knows an answer, a judge or another submission.
"""
