refund-reason-returned = Goods returned
refund-reason-faulty = Faulty goods
refund-reason-wrong-price = Wrong price
refund-reason-not-received = Goods not received
refund-reason-goodwill = Goodwill
refund-reason-other = Refund
refund-reason-late-success = Not sold, money returned

refund-title = Refund
refund-number = Refund { $number }
refund-receipt = Of receipt { $number }
refund-back = Back to { $channel }
refund-total = Refunded
refund-state-asked = Waiting for a second person
refund-state-open = Sent, waiting for the wallet's word
refund-state-done = Refunded
refund-state-refused = The wallet refused this refund; no money went back
refund-state-withdrawn = Withdrawn; no money went back
refund-when = The wallet says when it arrives: mostly within minutes, at the latest in a few working days
refund-reason = Reason: { $reason }

day-title = End of day
day-clean = Every fen is accounted for
day-clean-hint = { $rows ->
    [one] The bill's 1 row agrees with the journal and the payment records.
   *[other] The bills' { $rows } rows agree, one by one, with the journal and the payment records.
}
day-differs = { $count ->
    [one] 1 difference
   *[other] { $count } differences
}
day-differs-hint = Each is listed below; please look at them one by one.
day-unmatched = Not matched yet
day-broken = Journal and tables do not add up to the same
day-broken-hint = Do not use this sheet. Please run paybooth fsck.
day-running = This day is not over; the figures are not final.
day-channels = Wallets
day-channel = Wallet
day-wechat = WeChat Pay
day-alipay = Alipay
day-sales = Sales
day-paid = Taken
day-refunded = Refunded
day-net = Net
day-billed = Billed
day-bill-refunds = Bill refunds
day-fee = Fee
day-differ = Differing
day-sum = Together
day-off = Discounts
day-listed = At shelf prices
day-member = Member prices
day-made-up = What the takings are made of, and the tax in them
day-off-and-tax = Item
day-amount = Amount
day-tax-in-it = Tax in it
day-tax = Taxed { $rate }
day-hours = Taken in each hour
day-differences = Differences
day-none = None.
day-not-matched-yet = Not matched yet.
day-what = What
day-order = Order
day-ours = Ours
day-theirs = Theirs
day-detail = Detail
day-more = { $count } more are not listed
day-more-csv = The rest is in the CSV
day-adds-up = Adds up to the tables: { $sales } sales, ¥{ $paid }.
day-receipts = Receipts { $first } to { $last }
day-bill = { $channel } bill of { $rows } rows, SHA-256 { $digest }
differ-missing-here = Missing here
differ-missing-there = Missing there
differ-amount = Amount
differ-status = Status
differ-duplicate = Duplicate
differ-reversed = Reversed there
differ-refund = Refund
differ-fee = Fee
differ-journal = Journal
