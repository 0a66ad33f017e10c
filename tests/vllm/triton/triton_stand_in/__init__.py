"""A Triton backend for processors that compiles nothing: with TRITON_INTERPRET=1 kernels run as Python.

vLLM's Model Runner V2 asks for a backend; its kernels then run on a processor, slowly, for tests.
"""
