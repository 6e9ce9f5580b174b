# Signing in, one-time links, people and their roles.
sign-title = Sign in
sign-name = Name
sign-password = Password
sign-go = Sign in
sign-waits = One moment
sign-code-title = Now the code
sign-code-lead = Six digits, from your authenticator app.
sign-code = Code
sign-by-token = Use a token
sign-by-password = Sign in with a password
sign-lost = Lost your password or phone? Whoever manages people makes you a new link.
sign-wrong = Name, password or code is wrong
sign-slow = Too many wrong tries. Try again in { $seconds } s
sign-slow_down = Too many wrong tries. Wait a moment
sign-link_over = This link was used, replaced, or is older than a day. Ask for a new one.
sign-name_bad = A name has 1 to 32 letters, digits, spaces, dots or dashes
sign-taken = Somebody has that name
sign-short = At least ten characters
sign-long = At most 256 characters
sign-plain = Too plain: use at least five different characters besides the name
sign-differ = The two are not the same
sign-nobody = There is no such person or session any more
sign-last_owner = Somebody has to be owner; make another one first
sign-off = There is no code to turn off

mute-title = The shop does not answer
mute-lead = The box may be starting, or the line is down. Nothing you did is lost.
mute-again = Try again

link-owner-title = This shop is yours
link-owner-lead = You are the first here. Choose a name and a password; then you say who else may what.
link-title = Welcome, { $name }
link-lead = Choose a password. Whatever you signed in with before is void after that.
link-name = Your name, as it will stand in the books
link-password = New password
link-again = The same once more
link-go = Keep it and sign in
link-over-title = This link is over
length-more = { $count } more characters
length-enough = Long enough; longer is better

confirm-title = Is it still you?
confirm-lead = This moves money, opens doors or changes who may what. After that you are not asked for five minutes.
confirm-go = It is me

no-right = As { $role } you do not see this. Whoever manages people can change that.
people = People
people-title = { $count ->
    [one] One person works here.
   *[other] { $count } people work here.
  }
people-live = { $count ->
    [0] Nobody is signed in.
    [one] One browser is signed in.
   *[other] { $count } browsers are signed in.
  }
proof-password = password
proof-code = code
proof-none = has not chosen a password yet
signed-in = { $count ->
    [one] one browser
   *[other] { $count } browsers
  }
person-role = Role
person-link = New link
person-remove = Remove
person-role-does = { $name } may at once what the new role may, and nothing else.
person-link-does = A link by which { $name } chooses a new password. Once used, the old password, code and browsers are void.
person-remove-does = { $name } is signed out everywhere and may do nothing any more. What they did stays in the books.
role = Role
role-owner = Owner
role-operator = Operator
role-technician = Technician
role-auditor = Auditor
role-stock = Stock
add-title = Somebody new
add-go = Add and make a link
invite-title = A link for { $name }
invite-lead = Give it to nobody else. It works once, for a day, and is shown only now.
invite-pin = PIN for the keypad at the entry: { $pin }
invite-copy = Copy
invite-copied = Copied
invite-done = Done
roles-title = Who may what
act = May
yes = yes
no = no
act-see_money = See money
act-refund = Refund
act-approve_refund = Approve refunds
act-void = Void baskets
act-match = Match days
act-see_incidents = See incidents
act-handle_incidents = Handle incidents
act-open_door = Open doors
act-assist = Help at booths
act-service = Service devices
act-edit_goods = Edit goods and prices
act-edit_plan = Edit the floor plan
act-see_settings = See the settings
act-edit_settings = Change settings
act-see_journal = See the journal
act-see_people = See people
act-manage_people = Manage people
sessions-title = Signed in
sessions-none = Nobody
session-here = this browser
session-seen = Last seen { $ago }
session-end = Sign out
how-password = by password
how-code = by password and code
how-link = by link
own-token = You came with a token, which has no password and no session. Sign in with a password to change how you do it.
own-password = Password
own-password-go = Change it
own-password-set = Changed. Your other browsers are signed out.
own-code = Authenticator app
own-code-on = On: signing in asks for a code.
own-code-off = Off: the password alone lets you in.
own-code-begin = Turn it on
own-code-other = Another phone
own-code-drop = Turn it off
own-code-scan = Scan this with the app, then type the code it shows. Nothing changes before that.
own-code-qr = QR for the authenticator app
own-code-prove = It works, turn it on

sign-passkey = Sign in with a passkey
sign-number = Passkeys need the box's name in the address; a number has none.
sign-many = You have as many passkeys as one may; remove one first.
own-passkeys = Passkeys
own-passkeys-hint = One touch on your phone or computer instead of password and code.
own-passkeys-not-here = Passkeys work where the console is opened by its name over HTTPS, or on the box itself as localhost.
own-passkey-label = What to call it, such as your phone
own-passkey-add = Add a passkey
own-passkey-drop = Remove
own-passkey-used = { $site }, used { $ago }
