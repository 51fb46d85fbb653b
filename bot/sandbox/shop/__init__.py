"""A small shop that really serves traffic: what the demo's releases release.

`history` makes its git repository, `instance` runs one version of it, `splitter` shares the traffic out between two,
`load` is the customers, `environment` puts the four together, and `ctl` is how a deployer reaches them.
"""
