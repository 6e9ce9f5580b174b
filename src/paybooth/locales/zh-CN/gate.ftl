# 出口的屏幕。不说偷，不说抓，不怪人；门是开是关，总要说清。
exit = 出口
other-language = English
help = 找店员
help-calling = 正在叫店员
help-calling-hint = 门照样能开
help-seen = 店员正过来
help-seen-hint = 已经看到您叫了
help-cancel = 不用了

ready-title = 没买东西？按一下出门钮
ready-lead = 两秒内门就开。不用手机，也不用登记。
ready-cleaning-lead = 我们在打扫。按出门按钮，门照样开。
ready-closing-lead = 快打烊了，谢谢光临。按出门按钮就能走，不着急。
ready-paid = 付好的商品直接拿走，门自己会开。
ready-art = 一只手按下墙上的出门钮，旁边的门打开
ready-door = 出门钮随时能开门
button = 出门钮
open-title = 门开着，请走
open-lead = 慢走，欢迎再来。
open-art = 门开着，箭头指向门外

thanks-title = 谢谢您，慢走
thanks-lead = { $count } 件都付好了。
thanks-door = 门已经打开
thanks-art = 一只袋子从敞开的门里出去
stamp-paid = 已付款

hold-title = 付款还在核对，请稍等
hold-lead = 一般几秒就好。好了门会自己打开。
hold-goods = 在等结果的 { $count } 件
hold-sure = 请不要再付，不会扣第二次
hold-go = 不想等？店员可以马上帮您看。

repair-one-title = 有一件还没付款
repair-many-title = 有 { $count } 件还没付款
repair-lead = 可能刚才没扫上，常有的事。
repair-rest = 其余 { $count } 件已付好。
repair-not-mine = 不是您拿的？请点找店员。
more-goods = 还有 { $n } 样，共 { $count } 件
no-name = 一件本店的商品
no-price = 价格待店员看
count = { $n } 件
not-charged = { $count ->
    [1] 这一件还没有扣款
   *[other] 这些还没有扣款
}
pay-here = 在这里付 { $amount }
pay-at = 到 { $booth } 号台付 { $amount }
pay-none = 现在收不了钱，请先放回，或找店员
put-back-do = 不要了，放回去
put-back-do-hint = 放到右边的还物架上，门会自己打开

put-back-title = 请放到右边的还物架上
put-back-lead = 放好了，门会自己打开。没有扣款。
put-back-goods = 要放回的 { $count } 件
put-back-art = 一个架子在右边，箭头指着它
put-back-label = 还物架
put-back-else = 还是想要，付 { $amount }

paying-title = 请到 { $booth } 号台付款
paying-lead = 商品已经在那台的屏幕上，不用再扫。
paying-art = 一台结账屏幕，箭头指着它
paying-due = 应付，共 { $count } 件

alarm-title = 还有商品没付款
alarm-lead = 灯和声音是在叫店员，没有怪您的意思。
alarm-staff = 店员已经知道
alarm-door = 门没有锁
alarm-still = 现在也可以付，或放回去。

released-title = 门开着，直接走就好
released-fire-title = 请马上出去
released-fire-lead = 门全都开着。东西不要紧，人先走。
released-fire-sign = 往这边走
released-mains-lead = 店里停电了，门自己放开了。
released-fault-lead = 门这边有点小毛病，所以一直开着。店员已经知道。
released-staff-lead = 店员把门打开了。
released-delivery-lead = 正在送货，门先开着。
released-goods = 还没付的商品，请先付好，或放在还物架上。

starting-title = 出口的屏幕正在启动
starting-lead = 要出去不用等它：按一下出门钮，门就开。

lost-title = 这个屏幕暂时连不上店里的电脑
lost-lead = 出门钮照样开门，按一下就好。
lost-goods = 付过的都记着，请放心走。
reconnecting = 正在重连
slow = 马上就好
slow-help = 还在处理，您可以再点一次，或找店员

# 念出来的话：一句说完，先说门，再说怎么办。
voice-thanks = 谢谢您，门开了，慢走。
voice-hold = 这笔付款还在核对，请稍等几秒，不会重复扣款。
voice-repair-one = { $name }好像还没有付款。可以在屏幕上付，也可以放到右边的架子上。
voice-repair-many = 有{ $count }件商品好像还没有付款。可以在屏幕上付，也可以放到右边的架子上。
voice-alarm = 还有商品没有付款，店员已经知道了。门没有锁，您可以现在付，也可以放回去。
voice-released-fire = 请马上从这里出去，门开着，东西不要紧。
voice-released = 门开着，请直接走。
voice-put-back = 请放到右边的还物架上，放好以后门会自己打开。
voice-help = 已经叫了店员，门照样能开。
voice-closing = 快打烊了，谢谢光临。按出门按钮就能走，不着急。
