"""MIS-Ground: a controlled factorial benchmark of spatial grounding in medical images.

After "Medical Image Spatial Grounding with Semantic Sampling" (Yu, Hariri, Nakamura, Yang, Li,
Chaudhary; arXiv 2603.14579).
"""

__version__ = "0.1.0"
