"""A model repository in the layout of the hub: `generate` loads its folder by `custom_generate`."""
