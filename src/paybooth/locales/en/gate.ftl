# The exit's screen. Never "theft", never blame; always say how the door is.
exit = Exit
other-language = 中文
help = Help
help-calling = Calling staff
help-calling-hint = The door opens all the same
help-seen = Staff are coming
help-seen-hint = They have seen your call
help-cancel = Never mind

ready-title = Nothing bought? Press the exit button
ready-lead = The door opens within two seconds. No phone, no sign-up.
ready-cleaning-lead = We are cleaning. The exit button opens the door, as always.
ready-closing-lead = We are closing. Thank you for today; press the exit button, no hurry.
ready-paid = Paid goods just go with you; the door opens by itself.
ready-art = A hand presses the exit button on the wall; the door beside it opens
ready-door = The exit button always opens the door
button = EXIT
open-title = The door is open
open-lead = Goodbye, and see you again.
open-art = The door stands open, an arrow points out

thanks-title = Thank you, goodbye
thanks-lead = { $count ->
    [one] Your item is paid.
   *[other] All { $count } items are paid.
}
thanks-door = The door is open
thanks-art = A bag goes out through the open door
stamp-paid = PAID

hold-title = Your payment is still being checked
hold-lead = A few seconds, usually. Then the door opens by itself.
hold-goods = { $count ->
    [one] 1 item waits for it
   *[other] { $count } items wait for it
}
hold-sure = Please don't pay again; nothing is charged twice
hold-go = In a hurry? Staff can look right now.

repair-one-title = One item is not paid yet
repair-many-title = { $count } items are not paid yet
repair-lead = Perhaps the scan did not take. It happens.
repair-rest = { $count ->
    [one] The other one is paid.
   *[other] The other { $count } are paid.
}
repair-not-mine = Not yours? Tap Help.
more-goods = { $n } more, { $count } items in all
no-name = One of our goods
no-price = staff will look up the price
count = × { $n }
not-charged = { $count ->
    [1] This one is not charged yet
   *[other] These are not charged yet
}
pay-here = Pay { $amount } here
pay-at = Pay { $amount } at booth { $booth }
pay-none = We can't take money right now. Please put it back, or call staff
put-back-do = No thanks, put it back
put-back-do-hint = Shelf to the right, then the door opens

put-back-title = Please leave it on the shelf to the right
put-back-lead = The door then opens by itself. Nothing is charged.
put-back-goods = { $count ->
    [one] 1 item to put back
   *[other] { $count } items to put back
}
put-back-art = A shelf to the right, an arrow points at it
put-back-label = Returns
put-back-else = I do want it, pay { $amount }

paying-title = Please pay at booth { $booth }
paying-lead = Your goods are on its screen already; no need to scan.
paying-art = A checkout screen, an arrow points at it
paying-due = { $count ->
    [one] Due, 1 item
   *[other] Due, { $count } items
}

alarm-title = Some goods are not paid yet
alarm-lead = Light and sound call staff. Nobody is blaming you.
alarm-staff = Staff know
alarm-door = The door is not locked
alarm-still = You can still pay now, or put it back.

released-title = The door is open, just go
released-fire-title = Please leave now
released-fire-lead = Every door is open. Leave your things, go first.
released-fire-sign = This way
released-mains-lead = The shop has no power, so the door let go by itself.
released-fault-lead = Something small is wrong with the door, so it stays open. Staff know.
released-staff-lead = Staff opened the door.
released-delivery-lead = Goods are being delivered; the door stays open meanwhile.
released-goods = Goods not paid yet: please pay first, or leave them on the returns shelf.

starting-title = This screen is starting
starting-lead = No need to wait for it: press the exit button and the door opens.

lost-title = This screen lost the shop's computer
lost-lead = The exit button opens the door all the same. Just press it.
lost-goods = What you paid is on record; you can go.
reconnecting = Reconnecting
slow = One moment
slow-help = Still working. Tap again, or call staff

# Spoken: one breath each; the door first, then what to do.
voice-thanks = Thank you. The door is open. Goodbye.
voice-hold = Your payment is still being checked. A few seconds, please; nothing is charged twice.
voice-repair-one = { $name } does not seem to be paid yet. You can pay on this screen, or leave it on the shelf to the right.
voice-repair-many = { $count } items do not seem to be paid yet. You can pay on this screen, or leave them on the shelf to the right.
voice-alarm = Some goods are not paid yet, and staff know. The door is not locked. You can pay now, or put them back.
voice-released-fire = Please leave now. The door is open. Leave your things.
voice-released = The door is open. Just go.
voice-put-back = Please leave it on the shelf to the right. The door then opens by itself.
voice-help = Staff have been called. The door opens all the same.
voice-closing = We are closing soon. Thank you for today. The exit button opens the door, no hurry.
