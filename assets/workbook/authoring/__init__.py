"""How lessons are made: one source, solved, from which the editions are derived and checked."""
