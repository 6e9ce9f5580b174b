# 监控台没人认领时，机器人、邮箱或值班电话收到的话。只说商品，不说人。
kind-unpaid = 有未付款的商品出了门
kind-eas = 防盗门响了
kind-fire = 火警
kind-help = 有人求助
kind-button-held = 出门按钮一直被按着
kind-door-forced = 门被强行打开
kind-door-held = 门一直没关上
kind-device = 有设备坏了
kind-money = 有一笔款要看一下
kind-tamper = 机箱被打开
kind-mains = 店里停电了
kind-crowd = 店里人太多
kind-inside-at-closing = 打烊了，店里还有人
kind-self-test = 自检

where = { $shop }，{ $place }
goods = 商品：{ $goods }
detail = 详情：{ $detail }
nobody = 监控台还没有人认领。
comma = {"、"}
test = 这是一条测试
test-text = { $by } 在试通知能不能收到：{ $reason }。店里没有出事。
