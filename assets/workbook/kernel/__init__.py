"""What a notebook imports; all of it is copied into the grader's sandbox."""
