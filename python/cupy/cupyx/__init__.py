"""The parts of CuPy's ``cupyx`` that ndfuse has."""
