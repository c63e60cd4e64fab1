"""The lab: the modelled network as real Linux networking, the independent witness of the fabric."""
