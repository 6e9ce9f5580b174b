receipt-title = Receipt
receipt-number = No. { $number }
receipt-booth = Booth { $booth }
receipt-count = { $count ->
    [one] 1 item
   *[other] { $count } items
}
receipt-member = member price
receipt-discount = Offer
receipt-saved = You saved
receipt-total = Total
receipt-wechat = WeChat Pay
receipt-alipay = Alipay
receipt-coupon = Wallet coupon
receipt-order = Order { $number }
receipt-transaction = Transaction { $number }
receipt-tax = Tax included { $rate }
receipt-tax-number = Tax no. { $number }
receipt-scan = Scan to keep this receipt (code { $code })
receipt-paid = Paid
receipt-pdf = Download PDF
receipt-missing = No such receipt
receipt-missing-hint = The link may have lost a few characters. Please scan the code on the screen or paper again.
receipt-copy = Copy
