"""Weights and what they need: tensors in, vision types out."""
