# Shelf labels: on the label, and the page that prints them.
label-member = Members { $price }
labels-page = Shelf labels
