"""ONVIF: which cameras there are, and which streams one of them has.

Only what an integrator needs before writing a site file, by a small SOAP reader of its own: what comes over
the network is small, is read within a time limit, and may declare no document type (no entities).
"""
