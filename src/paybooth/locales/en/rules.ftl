# Price rules in the console.
rules-page = Price rules
rules-from-file = These come from the configuration file. Save yours over them.
rules-from-file-short = The file's
rules-version = Version { $number }, { $by }, { $day }
rules-number = Version { $number }
rules-count = { $count ->
    [0] No rules
    [one] One rule
   *[other] { $count } rules
}
rules-order = Order does not matter: each item gets the one rule that takes most off.
rules-none = Nothing takes anything off. Every price is as on the shelf.
rules-add = Add a rule
rules-unsaved = Not saved yet.
rules-differ = { $added } new, { $changed } changed, { $removed } gone. Booths still price by the old ones.
rules-quicker = { $by } saved version { $number } meanwhile; yours is not saved. These are theirs:
rules-theirs = Take theirs
rules-mine = Save mine over it
rules-drop = Discard
rules-save = Save
rules-saved = Saved, on disk. The next basket has them; one in progress keeps what it began with.
rules-file-again = { $count ->
    [0] Back to the file's: none
    [one] Back to the file's one rule
   *[other] Back to the file's { $count } rules
}
rules-version-take = Write version { $number } in above
rules-versions = Versions

## A rule as a sentence
rule-does-percent = { $off }% off
rule-does-nth_percent = Every { $nth } at { $percent }% of its price
rule-does-nth_free = Every { $nth } is free
rule-does-bundle = Every { $n } for { $price } together
rule-all-goods = all goods
rule-goods-more = { $list } and { $count } more
rule-from-day = from { $day }
rule-to-day = until { $day }
rule-members = members only

## The form
rule-edit = Edit
rule-copy = { $name }: once more
rule-drop = { $name }: remove
rule-close = Done
rule-what = What it does
rule-kind-percent = All pieces cheaper
rule-kind-nth_percent = Every 2nd, 3rd … cheaper
rule-kind-nth_free = Every 3rd, 4th … free
rule-kind-bundle = Several for one price
rule-n-nth_percent = Every how many
rule-n-nth_free = Every how many
rule-n-bundle = How many together
rule-percent = Shopper pays, %
rule-price = For together, yuan
rule-goods = For which goods
rule-all-goods-hint = All goods, while none is named.
rule-goods-less = { $name }: not this one
rule-when = When
rule-first-day = First day
rule-last-day = Last day
rule-weekdays = Days of the week; none: every day
rule-from-hour = From
rule-to-hour = Until
rule-over-midnight = Over midnight into the next day.
rule-label-zh = On the receipt, Chinese
rule-label-en = On the receipt, English
rule-unfit-n = How many: 2 to 99.
rule-unfit-price = Say what they cost together, such as 9.90.
rule-unfit-percent = What the shopper still pays: 1 to 99 %.
rule-unfit-days = The last day is before the first.
rule-unfit-hours = From and until are the same time.

## Try a basket
rules-try = Try a basket
rules-try-hint = priced as at a booth
rules-try-empty = Put in what a shopper might take. Nothing is sold.
rules-try-at = At (empty: now)
rules-try-member = A member
rules-try-pieces = { $name }: pieces
rules-try-grams = { $name }: grams
rules-try-remove = { $name }: take out
rules-try-off = Offers
rules-try-total = To pay
rules-try-idle = Why not the others
rules-try-members = is for members.
rules-try-time = does not hold at that time.
rules-try-goods = has none of its goods here.
rules-try-few = needs more pieces.
rules-try-nothing = would take nothing off.
rules-try-beaten = takes less off than another rule.
