"""What lines of tills take off their price."""

# Of line `l`, with the sign of its quantity: of a return tills write it with either sign, and it must take back what the sale booked.
DISCOUNT = "abs(l.discount) * sign(l.quantity)"
