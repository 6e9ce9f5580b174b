# Shelf labels: on the label, and the page that prints them.
label-member = Members { $price }
labels-page = Shelf labels
labels-hint = Bars that a booth reads, at true size.
labels-open = Labels
labels-count = { $count ->
    [0] No labels yet
    [one] One label
   *[other] { $count } labels
}
labels-all = Everything sold
labels-copies = { $name }: copies
labels-less = { $name }: no label
labels-layout = Paper
labels-a4-24 = A4, 24 labels of 70 × 37 mm
labels-a4-8 = A4, 8 labels of 105 × 74 mm
labels-roll-58 = Roll, 58 × 40 mm
labels-roll-40 = Roll, 40 × 30 mm
labels-symbol = Code
labels-bars = Bars
labels-qr = QR (Digital Link)
labels-language = Language
labels-pdf = Save as PDF
labels-scale = Print at 100 %, without “fit to page”: bars keep their width.
labels-first = The first page
labels-empty = Pick goods; their labels appear here.
