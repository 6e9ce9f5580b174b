// Other people's node SDKs at our gateways. One task from the command line's JSON, one JSON line out.
// The address is the lab's; signatures cover only the path, so nothing else changes.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { AlipaySdk } from "alipay-sdk";

const require = createRequire(import.meta.url);
const { Wechatpay } = require("wechatpay-axios-plugin");
const WxPay = require("wechatpay-node-v3");
const task = JSON.parse(process.argv[2]);
const read = (name) => readFileSync(`${task.folder}/${name}`);

function axiosPlugin() {
  return new Wechatpay({
    mchid: task.mchid,
    serial: task.serial,
    privateKey: read("merchant_key.pem"),
    certs: { [task.platformSerial]: read("wallet_cert.pem") },
    baseURL: task.wechat,
  });
}

async function axiosPay() {
  const answer = await axiosPlugin().chain("v3/pay/transactions/codepay").post({
    appid: task.appid,
    mchid: task.mchid,
    description: "milk",
    out_trade_no: task.number,
    payer: { auth_code: task.code },
    amount: { total: 1250, currency: "CNY" },
    scene_info: { store_info: { out_id: "s1" } },
  });
  return { status: answer.status, state: answer.data.trade_state };
}

async function axiosAfter() {
  const client = axiosPlugin();
  const asked = await client.chain(`v3/pay/transactions/out-trade-no/${task.number}`).get({ params: { mchid: task.mchid } });
  const refunded = await client.chain("v3/refund/domestic/refunds").post({
    out_trade_no: task.number,
    out_refund_no: "R1",
    amount: { refund: 250, total: 1250, currency: "CNY" },
  });
  const reversed = await client
    .chain(`v3/pay/transactions/out-trade-no/${task.number}/reverse`)
    .post({ appid: task.appid, mchid: task.mchid });
  return { total: asked.data.amount.total, refund: refunded.data.status, reversed: reversed.status };
}

// This SDK leaves both transport and verification to its caller: we give it fetch, and ask it to verify what came.
function nodeV3() {
  const client = new WxPay({
    appid: task.appid,
    mchid: task.mchid,
    serial_no: task.serial,
    publicKey: read("merchant_cert.pem"),
    privateKey: read("merchant_key.pem"),
    key: task.apiKey,
  });
  const seen = [];
  const send = async (url, method, headers, body) => {
    const local = task.wechat + new URL(url).pathname + new URL(url).search;
    const answer = await fetch(local, { method, headers, body });
    const text = await answer.text();
    seen.push({ headers: answer.headers, text });
    return { status: answer.status, data: text ? JSON.parse(text) : undefined };
  };
  client.createHttp({
    get: (url, headers) => send(url, "GET", headers),
    post: (url, body, headers) => send(url, "POST", headers, JSON.stringify(body)),
  });
  const verify = ({ headers, text }, spoil = "") =>
    client.verifySign({
      timestamp: headers.get("wechatpay-timestamp"),
      nonce: headers.get("wechatpay-nonce"),
      serial: headers.get("wechatpay-serial"),
      signature: headers.get("wechatpay-signature"),
      body: text + spoil,
      apiSecret: task.apiKey,
    });
  return { client, seen, verify };
}

async function nodeV3Present() {
  const { client, seen, verify } = nodeV3();
  const shown = await client.transactions_native({
    description: "milk",
    out_trade_no: task.number,
    notify_url: "https://shop.example/notify",
    amount: { total: 1250 },
  });
  const answer = seen[0];
  return { url: shown.data.code_url, genuine: await verify(answer), tampered: await verify(answer, " ") };
}

async function nodeV3After() {
  const { client, seen, verify } = nodeV3();
  const asked = await client.query({ out_trade_no: task.number });
  const first = seen[0];
  const refunded = await client.refunds({
    out_trade_no: task.number,
    out_refund_no: "R1",
    amount: { refund: 250, total: 1250, currency: "CNY" },
  });
  return { state: asked.data.trade_state, refund: refunded.data.status, genuine: await verify(first) };
}

function alipay() {
  return new AlipaySdk({
    appId: task.appId,
    privateKey: read("merchant_key.pem").toString(),
    keyType: "PKCS8",
    alipayPublicKey: read("wallet_public.pem").toString(),
    gateway: task.alipay,
  });
}

const bizOf = (bizContent) => [{ bizContent }, { validateSign: true }];

async function alipayPay() {
  const content = { out_trade_no: task.number, total_amount: "12.50", subject: "milk", auth_code: task.code, scene: "bar_code" };
  const answer = await alipay().exec("alipay.trade.pay", ...bizOf(content));
  return { code: answer.code };
}

async function alipayAfter() {
  const client = alipay();
  const asked = await client.exec("alipay.trade.query", ...bizOf({ out_trade_no: task.number }));
  const refunded = await client.exec(
    "alipay.trade.refund",
    ...bizOf({ out_trade_no: task.number, out_request_no: "R1", refund_amount: "2.50" }),
  );
  const cancelled = await client.exec("alipay.trade.cancel", ...bizOf({ out_trade_no: task.number }));
  return { status: asked.tradeStatus, refund: refunded.fundChange, action: cancelled.action };
}

const tasks = { axiosPay, axiosAfter, nodeV3Present, nodeV3After, alipayPay, alipayAfter };
try {
  console.log(JSON.stringify({ ok: await tasks[task.name]() }));
} catch (error) {
  console.log(JSON.stringify({ refused: String(error.message ?? error) }));
}
