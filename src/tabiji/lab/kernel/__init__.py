"""Linux as the lab needs it: namespaces, batched rtnetlink, nftables, TUN, NFLOG.

Knows neither AWS nor plans.  Nothing here needs a library: plain sockets,
``ioctl`` and ctypes.
"""
