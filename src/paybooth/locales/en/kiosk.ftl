# The kiosk. Short, kind, exact; where there is money, always say whether it moved.
step-scan = Scan
step-pay = Pay
step-receipt = Receipt
large-text = Larger
contrast = Contrast
other-language = 中文
help = Help
help-calling = Calling staff
help-calling-hint = Staff will help on this screen or come over. You can go on scanning.
help-cancel = No need, thanks
side-below = below
side-above = above
side-left = on the left
side-right = on the right
side-below_left = bottom left
side-below_right = bottom right
side-ahead = straight ahead
side-behind = behind you

attract-title = Scan to start
attract-lead = No tapping, no app, no sign-up.
attract-port = Hold a barcode to the port { $side }
attract-art = Goods standing on a big barcode, a beam of light across it
wechat = WeChat Pay
alipay = Alipay
no-paper-today = No paper receipts now; yours comes to your phone
wallet-off = { $wallet } is not working right now

empty-title = Hold a barcode to the port { $side }
empty-hint = You hear a drip, and a line appears here.
empty-art = A product's barcode facing the port
empty-pay = Scan first, then pay
total = { $count ->
    [one] Total, 1 item
   *[other] Total, { $count } items
}
due = { $count ->
    [one] To pay, 1 item
   *[other] To pay, { $count } items
}
saved = saved { $amount }
member = Member …{ $tail }
pay = Pay
less = One less
more = One more
quantity = Quantity { $n }
remove = Remove
remove-name = Remove { $name }
offer = Offer
member-price = Member price
was = was { $price }
per = { $price } / { $unit }
weighed = { $kg } kg × { $price }
sale-number = No. { $number }
more-below = { $n } more
newer = Newer
older = Older

choose-title = How would you like to pay?
choose-hint = Show your payment code
choose-present = I scan the screen
choose-or = Or just show your payment code
choose-or-hint = Hold it to the port { $side }; we know which wallet it is.
wallet-offline = No connection now, please choose another
wallet-out_of_service = Out of service, please choose another
wallet-not_configured = Not accepted in this shop
back-to-goods = Back to scanning
not-charged = Nothing charged yet
confirm-first = Charged only after you confirm
never-twice = Never charged twice
money-back = Nothing was charged

align-title = Hold your payment code to the port { $side }
align-wechat-1 = Open WeChat
align-wechat-2 = Tap the plus, top right
align-wechat-2b = then Money
align-alipay-1 = Open Alipay
align-alipay-2 = Tap Pay/Receive
align-alipay-2b = on the home page
align-3 = Hold it to the port
align-3b = a hand's width away, and wait
align-note = The payment code is the page with a barcode.
align-art = A phone's payment code moving to the port
port = PORT
other-way = Pay another way
seconds = s
seconds-left = { $n } seconds left
align-again = No code seen yet, please try again

present-title = Scan this code with { $wallet }
present-1 = Open { $wallet }, tap Scan
present-2 = Point it at this code
present-3 = Confirm on your phone
present-wait = Preparing the code
present-qr = QR code to pay

paying-title = Paying
paying-hint = { $wallet } is working on it, a second or two.
paying-user-title = Please confirm on your phone
paying-user-hint = { $wallet } asks for your password. This page goes on by itself.
paying-art = A phone waiting for a password
cancel-payment = Cancel this payment

checking-title = We are checking this payment with { $wallet }
checking-hint = There was no clear answer.
checking-dont = Please don't pay again
checking-soon = Usually settled within half a minute.
checking-code = Your payment code was read
checking-goods = Your goods are kept, no need to rescan
checking-asking = Asking { $wallet }: was it paid?
checking-reversing = Taking the payment back
checking-times = try { $n }
if-paid = If it was paid
if-paid-hint = The receipt prints by itself and you can go.
if-not-paid = If it was not
if-not-paid-hint = Nothing is charged; back to paying.
checking-number = In a hurry? Tell staff No. { $number }; they look it up for you.
checking-now = Checking

declined-title = Not paid this time
declined-code_invalid = This code has expired or was used
declined-code_invalid-hint = Refresh the code on your phone and scan again.
declined-no_money = Not enough in the wallet
declined-no_money-hint = Another card, another wallet or one item less will do.
declined-refused = The wallet did not agree
declined-refused-hint = See the note on your phone, or pay another way.
declined-merchant = This wallet does not work here right now
declined-merchant-hint = That is on us; staff know. Please pay another way.
declined-request = Something went wrong on our side
declined-request-hint = Staff know. Please pay another way.
declined-reversed = This payment was cancelled
declined-reversed-hint = If your phone showed a charge, it has gone back.
declined-closed = The code is no longer valid
declined-closed-hint = Nothing was charged; please try again.
declined-not_sent = No connection to { $wallet }
declined-not_sent-hint = The payment never left. Try again soon or pay another way.
try-again = Try again
give-up = Leave the goods

staff-title = Staff need to confirm this payment
staff-hint = Please leave the goods here for now, too.
staff-number = Tell staff No. { $number }
staff-sure = It will be settled: paid once, or not charged at all.

done-title = Paid, thank you
done-line = { $count ->
    [one] { $wallet }, 1 item
   *[other] { $wallet }, { $count } items
}
stamp-paid = PAID
more-lines = { $n } more
scan-receipt = Scan to keep the receipt
receipt-code = Code { $code }
take-receipt = Take your receipt
take-receipt-hint = slot { $side }
printing = Printing your receipt
paper-none = Your receipt is on your phone
paper-none-paper_out = The printer is out of paper
paper-none-cover_open = The printer's cover is open
paper-none-offline = The printer is off
paper-none-no_answer = The printer does not answer
paper-none-off = No paper receipts here
paper-none-cutter_error = The printer's cutter is stuck
paper-none-restarted = The power was off a moment ago
paper-none-error = The printer has a fault
paper-unconfirmed = The paper may be incomplete
paper-unconfirmed-hint = Scan the code above; on your phone it is complete
exit-title = You can go
exit-hint = The exit is { $side }
exit-hint-ahead = The exit is straight ahead
finish = Done
finish-in = Done ({ $n } s)

idle-title = Still there?
idle-hint = Your goods are kept. Touch the screen or scan to go on.
idle-stay = I'm here
idle-leave = Leave the goods

closed-title = This booth is closed
closed-scanner = The port does not answer; staff know. Please use the next booth.
closed-maintenance = Under maintenance. Please use the next booth.
closed-hours = We are closed now.
closed-ledger = We cannot keep books right now, so we take no money. Staff know.
closed-starting = Starting, one moment.

lost-title = One moment, please
lost-hint = This screen lost the shop's computer and is reconnecting.
lost-goods = Your goods are kept, no need to rescan.
lost-paying = If you were paying, please don't pay again. The result will show here.
reconnecting = Reconnecting
slow = One moment
slow-help = Still working. Tap again, or call staff

notice-unknown_barcode = We don't have this item on file yet
notice-unknown_barcode-hint = Not your mistake. It was not added and not charged.
notice-price_missing = This item has no price yet
notice-price_missing-hint = Our slip. It was not added and not charged.
notice-expired = This item is past its date
notice-expired-hint = We don't sell it; please take another. Not added, not charged.
notice-not_sold_here = This is not one of our goods
notice-not_sold_here-hint = Look for the barcode on the pack. Nothing was added.
notice-age_restricted = This item is for ages 18 and over
notice-age_restricted-hint = Staff have to see your ID. Not added yet.
notice-check_digit = Not read clearly
notice-check_digit-hint = Smooth the barcode and scan again. Nothing was added.
notice-unreadable = We couldn't read that code
notice-unreadable-hint = A little further away, hold still, again. Nothing was added.
notice-case_code = That is the code of a whole case
notice-case_code-hint = Please scan the single item. Nothing was added.
notice-already_scanned = This very item is on the receipt already
notice-already_scanned-hint = It is not charged twice.
notice-basket_full = This receipt is full
notice-basket_full-hint = Pay for it first, then start another.
notice-quantity_limit = No more of this in one sale
notice-quantity_limit-hint = The quantity stays as it was.
notice-payment_code_early = We saw your payment code
notice-payment_code_early-hint = Nothing charged. Finish scanning, tap Pay, then show it.
notice-collection_code = That is not a payment code
notice-collection_code-hint = Open the page with a barcode. Nothing charged yet.
notice-union_pay = UnionPay does not work here yet
notice-union_pay-hint = Please use WeChat Pay or Alipay. Nothing charged yet.
notice-ecny = e-CNY does not work here yet
notice-ecny-hint = Please use WeChat Pay or Alipay. Nothing charged yet.
notice-goods_while_paying = Paying now, so nothing is added
notice-goods_while_paying-hint = This item was not added. Start another receipt after.
notice-label_price_mismatch = The label's price differs from ours
notice-label_price_mismatch-hint = Please weigh it again or ask staff. Not added.
notice-wallet_switched = We follow the code you showed
notice-wallet_switched-hint = Paying with { $wallet }.
notice-total_changed = The total just changed
notice-total_changed-hint = See the new total, then tap Pay. Nothing charged yet.
notice-code_seen = This payment code was scanned already
notice-code_seen-hint = Refresh it on your phone. Nothing is charged twice.
notice-resumed = Your goods are still here
notice-resumed-hint = Go on, or start afresh.
notice-ledger_full = We can't write this down right now
notice-ledger_full-hint = Nothing was done, nothing charged. Staff know.
notice-wallet_unavailable = This wallet does not work right now
notice-wallet_unavailable-hint = Nothing charged. Please use another one.
notice-barcode = Barcode { $code }
notice-best-before = Best before { $date }
notice-ask = Ask staff to have a look
notice-go-on = Put it aside, scan others
notice-ok = OK
notice-start-over = Start afresh
notice-continue = Go on
