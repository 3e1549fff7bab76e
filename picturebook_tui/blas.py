"""The threads of BLAS, the linear algebra behind NumPy: one for each process."""

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Environment variables that it reads once, when NumPy is first imported."""

ONE_THREAD = dict.fromkeys(THREADS, "1")
"""At these sizes a second thread makes a step no faster and timers late (up to 64 ms)."""
