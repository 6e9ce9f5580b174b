// Generated from src/paybooth/shop/{views,gate_views,now_views,intents}.py by tools/contract.py. Do not edit.

export interface AlarmScore {
  readonly what: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly rang: number;
  readonly right: number;
  readonly false: number;
}

export interface BasketSums {
  readonly pieces: number;
  readonly sales: number;
  readonly fen: number;
}

export interface BoothCard {
  readonly booth: string;
  readonly phase: "align" | "attract" | "checking" | "choose" | "closed" | "declined" | "done" | "paying" | "present" | "shopping" | "staff";
  readonly closed_reason: string;
  readonly sale: string;
  readonly lines: readonly CardLine[];
  readonly more: number;
  readonly count: number;
  readonly total_fen: number;
  readonly channel: "" | "alipay" | "wechat";
  readonly notice: string;
  readonly paper: "near_end" | "none" | "ok" | "unknown";
  readonly help: HelpView | null;
  readonly helper: string;
  readonly since_ms: number;
  readonly page: boolean;
}

export interface BoothView {
  readonly booth: string;
  readonly phase: "align" | "attract" | "checking" | "choose" | "closed" | "declined" | "done" | "paying" | "present" | "shopping" | "staff";
  readonly closed_reason: "" | "hours" | "ledger" | "maintenance" | "scanner" | "starting";
  readonly language: "en" | "zh-CN";
  readonly comfort: Comfort;
  readonly shop: ShopCard;
  readonly sale: SaleView | null;
  readonly notice: NoticeView | null;
  readonly channels: readonly ChannelView[];
  readonly payment: PaymentView | null;
  readonly receipt: ReceiptView | null;
  readonly deadline: DeadlineView | null;
  readonly idle: IdleView | null;
  readonly help: HelpView | null;
  readonly helper: string;
  readonly staff: StaffNote | null;
  readonly paper: "near_end" | "none" | "ok" | "unknown";
  readonly last_intent: IntentResult | null;
}

export interface CardLine {
  readonly name: Words;
  readonly quantity: number;
  readonly amount_fen: number;
}

export interface ChannelTakings {
  readonly channel: string;
  readonly count: number;
  readonly fen: number;
}

export interface ChannelView {
  readonly channel: "alipay" | "wechat";
  readonly available: boolean;
  readonly reason: "" | "not_configured" | "offline" | "out_of_service";
  readonly can_present: boolean;
}

export interface Comfort {
  readonly large_text: boolean;
  readonly high_contrast: boolean;
  readonly reduced_motion: boolean;
  readonly quiet: boolean;
}

export interface Cue {
  readonly id: number;
  readonly sound: "ask" | "drip" | "low" | "paid";
  readonly type: "cue";
}

export interface DaySums {
  readonly day: string;
  readonly sales: number;
  readonly fen: number;
  readonly pieces: number;
  readonly refunded_fen: number;
}

export interface DeadlineView {
  readonly kind: "align" | "choose" | "declined" | "done" | "empty" | "present";
  readonly ends_at_ms: number;
  readonly total_ms: number;
}

export interface DeviceView {
  readonly device: string;
  readonly state: "degraded" | "offline" | "online" | "unknown";
  readonly reasons: readonly string[];
  readonly detail: string;
  readonly since_ms: number;
  readonly heard_ms: number;
  readonly maintenance: string;
}

export interface Discount {
  readonly rule: string;
  readonly label: Words;
  readonly amount_fen: number;
}

export interface DoorView {
  readonly gate: string;
  readonly door: "forced" | "held_open" | "locked" | "open" | "released_fault" | "released_fire" | "unknown" | "unlocked_pulse";
  readonly mode: "cleaning" | "closed" | "closing" | "delivery" | "members" | "open" | "staff";
  readonly inside: number;
  readonly limit: number;
  readonly siren: boolean;
  readonly fire: boolean;
  readonly reader: "degraded" | "none" | "offline" | "online" | "unknown";
  readonly board: "degraded" | "offline" | "online" | "unknown";
}

export interface Effort {
  readonly trips: number;
  readonly given_up: number;
  readonly assists: number;
  readonly calls: number;
  readonly operator_ms: number;
  readonly per_100_trips_s: number | null;
}

export interface EvidenceView {
  readonly tags: readonly TagEvidence[];
  readonly reads: readonly ReadPoint[];
  readonly bookmark_ms: number;
  readonly alarm_ms: number | null;
  readonly rule: string;
}

export interface GateItem {
  readonly sku: string;
  readonly name: Words;
  readonly picture: string;
  readonly price_fen: number | null;
  readonly count: number;
}

export interface GateSnapshot {
  readonly epoch: string;
  readonly rev: number;
  readonly server_time_ms: number;
  readonly view: GateView;
  readonly type: "snapshot";
}

export interface GateView {
  readonly gate: string;
  readonly phase: "alarm" | "hold" | "paying" | "ready" | "released" | "repair" | "starting" | "thanks";
  readonly cause: "" | "cleaning" | "closing" | "delivery" | "fault" | "fire" | "mains" | "staff";
  readonly language: "en" | "zh-CN";
  readonly shop: Words;
  readonly items: readonly GateItem[];
  readonly due_fen: number;
  readonly paid_count: number;
  readonly pay_booth: string;
  readonly pay_here: boolean;
  readonly put_back: boolean;
  readonly door: "forced" | "held_open" | "locked" | "open" | "released_fault" | "released_fire" | "unknown" | "unlocked_pulse";
  readonly voice: string;
  readonly voice_id: number;
  readonly help: HelpView | null;
  readonly last_intent: IntentResult | null;
}

export interface Handled {
  readonly kind: string;
  readonly count: number;
  readonly healed: number;
  readonly taken_ms: number | null;
  readonly busy_ms: number;
}

export interface HandoverView {
  readonly id: number;
  readonly at_ms: number;
  readonly by: string;
  readonly text: string;
  readonly incidents: readonly number[];
  readonly taken_by: string;
}

export interface Hello {
  readonly epoch: string;
  readonly ui_build: string;
  readonly server_time_ms: number;
  readonly type: "hello";
}

export interface HelpView {
  readonly state: "calling" | "seen";
  readonly since_ms: number;
}

export interface IdleView {
  readonly ends_at_ms: number;
  readonly total_ms: number;
}

export interface IncidentList {
  readonly epoch: string;
  readonly rev: number;
  readonly server_time_ms: number;
  readonly incidents: readonly IncidentView[];
  readonly doors: readonly DoorView[];
  readonly sentence: string;
  readonly type: "incidents";
}

export interface IncidentPage {
  readonly incident: IncidentView;
  readonly story: readonly StoryStep[];
  readonly evidence: EvidenceView | null;
}

export interface IncidentView {
  readonly id: number;
  readonly kind: "button_held" | "crowd" | "device" | "door_forced" | "door_held" | "eas" | "fire" | "help" | "inside_at_closing" | "mains" | "money" | "self_test" | "tamper" | "unpaid";
  readonly severity: "critical" | "info" | "warning";
  readonly state: "claimed" | "open" | "resolved";
  readonly place: string;
  readonly detail: string;
  readonly items: readonly GateItem[];
  readonly opened_ms: number;
  readonly last_ms: number;
  readonly times: number;
  readonly claimed_by: string;
  readonly claimed_ms: number | null;
  readonly escalated: number;
  readonly verdict: "false_alarm" | "helped" | "mistake" | "other" | "paid" | "put_back" | "repaired" | "test" | "theft" | "";
  readonly note: string;
  readonly resolved_by: string;
  readonly resolved_ms: number | null;
  readonly next_action: string;
  readonly verdicts: readonly ("false_alarm" | "helped" | "mistake" | "other" | "paid" | "put_back" | "repaired" | "test" | "theft")[];
  readonly steps: readonly string[];
}

export interface IntentResult {
  readonly id: string;
  readonly ok: boolean;
  readonly code: string;
}

export interface LineView {
  readonly id: number;
  readonly sku: string;
  readonly name: Words;
  readonly picture: string;
  readonly unit: Words;
  readonly quantity: number;
  readonly weight_g: number | null;
  readonly unit_price_fen: number;
  readonly list_price_fen: number | null;
  readonly member_price: boolean;
  readonly amount_fen: number;
  readonly discounts: readonly Discount[];
  readonly expires: string | null;
  readonly fixed: boolean;
}

export interface Loss {
  readonly known_fen: number;
  readonly known: number;
  readonly open_fen: number;
  readonly open: number;
  readonly saved_fen: number;
  readonly saved: number;
}

export interface NoticeView {
  readonly id: number;
  readonly kind: "age_restricted" | "already_scanned" | "basket_full" | "case_code" | "check_digit" | "code_seen" | "collection_code" | "ecny" | "expired" | "goods_while_paying" | "label_price_mismatch" | "ledger_full" | "not_sold_here" | "payment_code_early" | "price_missing" | "quantity_limit" | "resumed" | "total_changed" | "union_pay" | "unknown_barcode" | "unreadable" | "voided" | "wallet_switched" | "wallet_unavailable";
  readonly code: string;
  readonly name: Words | null;
  readonly date: string | null;
  readonly at_ms: number;
  readonly until_ms: number;
  readonly sticky: boolean;
}

export interface NowSnapshot {
  readonly epoch: string;
  readonly rev: number;
  readonly server_time_ms: number;
  readonly now: NowView;
  readonly type: "now";
}

export interface NowView {
  readonly name: Words;
  readonly utc_offset_minutes: number;
  readonly booths: readonly BoothCard[];
  readonly devices: readonly DeviceView[];
  readonly takings: TakingsView;
  readonly resolved_today: number;
  readonly handover: HandoverView | null;
  readonly plan: number;
}

export interface PaymentView {
  readonly channel: "alipay" | "wechat" | null;
  readonly amount_fen: number;
  readonly needs_user: boolean;
  readonly qr_svg: string;
  readonly code_tail: string;
  readonly opened_at_ms: number | null;
  readonly asked: number;
  readonly cancellable: boolean;
  readonly reversing: boolean;
  readonly number_tail: string;
  readonly declined: "" | "closed" | "code_invalid" | "merchant" | "no_money" | "not_sent" | "refused" | "request" | "reversed";
  readonly tries: number;
}

export interface Pong {
  readonly t: number;
  readonly server_time_ms: number;
  readonly type: "pong";
}

export interface ProductSums {
  readonly sku: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly quantity: number;
  readonly fen: number;
}

export interface ReadPoint {
  readonly at_ms: number;
  readonly tag: number;
  readonly zone: "inner" | "outer";
  readonly rssi: number;
}

export interface ReceiptView {
  readonly number: string;
  readonly code: string;
  readonly url: string;
  readonly qr_svg: string;
  readonly paper: "digital_only" | "printed" | "printing" | "unconfirmed";
  readonly reason: string;
  readonly paid_at_ms: number;
}

export interface Report {
  readonly first: string;
  readonly last: string;
  readonly sums: Sums;
  readonly before: Sums;
  readonly days: readonly DaySums[];
  readonly week: readonly (readonly number[])[];
  readonly baskets: readonly BasketSums[];
  readonly products: readonly ProductSums[];
  readonly products_more: number;
  readonly products_more_fen: number;
  readonly wallets: readonly WalletSums[];
  readonly incidents: readonly Handled[];
  readonly gates: readonly AlarmScore[];
  readonly alarmed: readonly AlarmScore[];
}

export interface SaleView {
  readonly number: string;
  readonly lines: readonly LineView[];
  readonly open_line: number | null;
  readonly count: number;
  readonly total_fen: number;
  readonly saved_fen: number;
  readonly member_tail: string | null;
}

export interface ShopCard {
  readonly name: Words;
  readonly tagline: Words;
  readonly port_side: "above" | "below" | "left" | "right";
  readonly slot_side: "below" | "below_left" | "below_right" | "left" | "right";
  readonly exit_side: "ahead" | "behind" | "left" | "right";
  readonly utc_offset_minutes: number;
  readonly wedge: boolean;
}

export interface Snapshot {
  readonly epoch: string;
  readonly rev: number;
  readonly server_time_ms: number;
  readonly view: BoothView;
  readonly type: "snapshot";
}

export interface StaffNote {
  readonly what: "add" | "approve_age" | "ask_wallet" | "count" | "here" | "price" | "remove" | "reprint" | "say" | "speak";
  readonly by: string;
  readonly name: Words | null;
  readonly text: string;
  readonly at_ms: number;
  readonly voice: string;
  readonly heard: boolean;
}

export interface StoryStep {
  readonly at_ms: number;
  readonly what: string;
  readonly who: string;
  readonly detail: string;
}

export interface Sums {
  readonly sales: number;
  readonly fen: number;
  readonly pieces: number;
  readonly discounts_fen: number;
  readonly refunded_fen: number;
  readonly effort: Effort;
  readonly loss: Loss;
}

export interface TagEvidence {
  readonly item: GateItem;
  readonly epc_tail: string;
  readonly judged: "brought_in" | "foreign" | "held" | "paid" | "sold_before" | "staff" | "unpaid";
  readonly sale: string;
  readonly reads: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly best_inner: number | null;
  readonly best_outer: number | null;
}

export interface TakingsView {
  readonly day: string;
  readonly count: number;
  readonly fen: number;
  readonly refunded_fen: number;
  readonly hours: readonly number[];
  readonly before: readonly number[];
  readonly before_so_far_fen: number;
  readonly channels: readonly ChannelTakings[];
  readonly open_attempts: number;
}

export interface WalletSums {
  readonly channel: string;
  readonly paid: number;
  readonly fen: number;
  readonly declined: number;
  readonly reversed: number;
  readonly open: number;
  readonly paid_ms: number;
}

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export interface Abandon {
  readonly name: "abandon";
}

export interface Applied {
  readonly type: "applied";
  readonly rev: number;
  readonly paint_ms: number;
  readonly of?: string;
}

export interface Back {
  readonly name: "back";
}

export interface Choose {
  readonly name: "choose";
  readonly channel: "alipay" | "wechat";
}

export interface Dismiss {
  readonly name: "dismiss";
  readonly notice: number;
}

export interface Finish {
  readonly name: "finish";
}

export interface GateHelp {
  readonly name: "help";
  readonly on: boolean;
}

export interface GateIntent {
  readonly type: "intent";
  readonly id: string;
  readonly seen_rev: number;
  readonly action: PayHere | PutBack | GateHelp | GateLanguage;
}

export interface GateLanguage {
  readonly name: "language";
  readonly language: "en" | "zh-CN";
}

export interface Heard {
  readonly name: "heard";
  readonly voice: string;
}

export interface Help {
  readonly name: "help";
  readonly on: boolean;
}

export interface Intent {
  readonly type: "intent";
  readonly id: string;
  readonly seen_rev: number;
  readonly action: Scanned | Touch | SetQuantity | Remove | OpenLine | Pay | Choose | Present | Back | Dismiss | Help | Heard | SetLanguage | SetComfort | Member | Finish | Abandon;
}

export interface Member {
  readonly name: "member";
  readonly number: string;
}

export interface OpenLine {
  readonly name: "open_line";
  readonly line: number;
}

export interface Pay {
  readonly name: "pay";
  readonly total_fen: number;
}

export interface PayHere {
  readonly name: "pay_here";
}

export interface Ping {
  readonly type: "ping";
  readonly t: number;
}

export interface Present {
  readonly name: "present";
  readonly channel: "alipay" | "wechat";
}

export interface PutBack {
  readonly name: "put_back";
}

export interface Remove {
  readonly name: "remove";
  readonly line: number;
}

export interface Scanned {
  readonly name: "scan";
  readonly text: string;
  readonly symbology?: string | null;
}

export interface SetComfort {
  readonly name: "comfort";
  readonly large_text: boolean;
  readonly high_contrast: boolean;
  readonly reduced_motion: boolean;
  readonly quiet: boolean;
}

export interface SetLanguage {
  readonly name: "language";
  readonly language: "en" | "zh-CN";
}

export interface SetQuantity {
  readonly name: "set_quantity";
  readonly line: number;
  readonly quantity: number;
}

export interface Touch {
  readonly name: "touch";
}

export type ServerFrame = Hello | Snapshot | Cue | Pong;

export type ClientFrame = Intent | Ping | Applied;

export type Action = Scanned | Touch | SetQuantity | Remove | OpenLine | Pay | Choose | Present | Back | Dismiss | Help | Heard | SetLanguage | SetComfort | Member | Finish | Abandon;

export type GateAction = PayHere | PutBack | GateHelp | GateLanguage;

export type Phase = BoothView['phase'];
export type NoticeKind = NoticeView['kind'];
