"""What moves: the one transaction, and the loops around it.

Every loop is a `step(now)` that does what is due and says when it next wants to be called; it never sleeps. In the
product `drive` turns the steps, in the simulation virtual time does. Read `service` first.
"""
