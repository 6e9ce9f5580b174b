# What a robot, a mailbox or a pager is told when nobody at a console took an incident. Goods are named, people never.
kind-unpaid = Unpaid goods went past the gate
kind-eas = The anti-theft pedestal rang
kind-fire = Fire alarm
kind-help = Somebody asks for help
kind-button-held = The exit button is held down
kind-door-forced = The door was forced open
kind-door-held = The door stays open
kind-device = A device does not work
kind-money = A payment needs a look
kind-tamper = A cabinet was opened
kind-mains = The shop has no mains power
kind-crowd = More people inside than allowed
kind-inside-at-closing = Somebody is still inside at closing time
kind-self-test = Self-test

where = { $shop }, { $place }
goods = Goods: { $goods }
detail = Detail: { $detail }
nobody = Nobody at a console has taken it yet.
comma = {", "}
test = This is a test
test-text = { $by } tries whether messages arrive: { $reason }. Nothing has happened in the shop.
