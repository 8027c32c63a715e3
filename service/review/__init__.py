"""What people say of events: verdicts, appeals, claims, findings by hand, spot checks.

Pure: whoever calls brings the time.
"""
