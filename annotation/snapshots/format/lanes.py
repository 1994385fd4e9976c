"""Which lanes make labels: the one definition for the database, the exports and the model."""

#: Lanes whose judgments make labels; gold, repeats, training and adjudication do not.
COUNTING_LANES = ("coverage", "random", "disagreement")
