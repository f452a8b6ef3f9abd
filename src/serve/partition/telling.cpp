// "Tell us", at any time: only this time, this is a gift, a break for a while – events of the
// person's, as a consent is – or free text, heard as any event's is. A visit that is set apart was
// counted already: what they like is counted again from what is left, in the same batch as the
// event, so that a crash finds both or neither.
#include <fmt/format.h>

#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "ground/base/json.h"
#include "serve/partition/questions.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::JsonWriter;
using ground::Result;
using ground::Value;
using remember::Person;
using remember::Wish;

namespace {

constexpr Duration break_usual = Duration::days(30), break_most = Duration::days(366);
constexpr Duration gift_product_for = Duration::days(30);
constexpr size_t text_bytes_max = 4'000;
constexpr std::string_view note_event = "Told Us";
constexpr std::string_view wish_words[] = {"only_this_time", "gift", "break"};

// What somebody may mean who writes it instead of choosing it. They are asked, not obeyed.
struct Phrase {
  size_t wish;
  std::string_view part;
};
constexpr Phrase phrases[] = {
    {1, "ギフト"},         {1, "プレゼント"}, {1, "贈り物"},      {1, "贈りもの"},
    {1, "お祝い"},         {1, "a gift"},     {1, "a present"},   {1, "for someone else"},
    {1, "for a friend"},   {0, "今回だけ"},   {0, "この回だけ"},  {0, "今日だけ"},
    {0, "一度だけ"},       {0, "only this"},  {0, "just this"},   {0, "just once"},
    {0, "just for today"}, {2, "お休み"},     {2, "しばらく休"},  {2, "そっとして"},
    {2, "控えて"},         {2, "a break"},    {2, "for a while"}, {2, "leave me alone"},
};

std::string_view meant_by(const std::string& text) {
  std::string small = text;
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const Phrase& phrase : phrases)
    if (small.find(phrase.part) != std::string::npos) return wish_words[phrase.wish];
  return "";
}

bool is_japanese(const ground::Snapshot& snapshot, ground::LocaleId locale) {
  return locale.index < snapshot.locales.size() && snapshot.locales[locale.index].starts_with("ja");
}

Result<void> may_be_told(const Dialogue::Told& told, Instant now) {
  if (std::ranges::find(wish_words, told.what) == std::end(wish_words))
    return fail(ErrorCode::invalid, "\"what\" is none of only_this_time, gift, break.",
                "Send one of them, or \"text\".");
  if (!told.product.empty() && (told.what != "gift" || told.product.size() > 256))
    return fail(ErrorCode::invalid, "\"product\" is of a gift only, and its id.", "Leave it out.");
  if (!told.until) return {};
  if (told.what != "break" || *told.until <= now || *told.until > now + break_most)
    return fail(ErrorCode::invalid, "\"until\" is of a break only, within 366 days from now.",
                "Leave it out for 30 days.");
  return {};
}

Value ids_of(const listen::Event& event, ground::ValueMap members) {
  if (!event.user_id.empty()) members.emplace_back(Value("userId"), Value(event.user_id));
  if (!event.anonymous_id.empty())
    members.emplace_back(Value("anonymousId"), Value(event.anonymous_id));
  return Value::map(std::move(members));
}

}  // namespace

void Partition::State::decide_for_another(const remember::PersonState& person,
                                          decide::Question& question) {
  const Wish* wish = person.wishes.empty() ? nullptr : person.apart(question.situation.now, 0);
  if (wish == nullptr || wish->what != Wish::What::gift) return;
  auto& context = question.situation.context;
  if (std::ranges::find(context, "for_whom", [](const auto& field) { return field.first; }) ==
      context.end())
    context.emplace_back("for_whom", Value("gift"));
}

// When the visit began that goes on now, as it is in the log; now: none does.
Result<Instant> Partition::State::visit_began(Person& person, Instant now) {
  Instant from = now;
  const auto each = [&](Person&, const remember::LogRecord& record) -> Result<bool> {
    const ground::Source* source = snapshot->source(record.source);
    const bool visits = source != nullptr && source->channel == ground::Channel::web &&
                        source->method != ground::Method::imported;
    if (!visits || record.at > from) return true;
    if (from.ms - record.at.ms > remember::visit_pause.ms) return false;
    from = record.at;
    return true;
  };
  TRY(ledger.history(person, ground::Direction::backward, each));
  return from;
}

// What is counted of them, from their whole history as they see it now. Cost: some 15 us an event.
Result<void> Partition::State::count_again(Person& person) {
  remember::PersonState counted{.id = person.state.id, .wishes = person.state.wishes};
  const std::vector<bool> all(snapshot->aggregates.size(), true);
  TRY(ledger.history(person, ground::Direction::forward,
                     [&](Person&, const remember::LogRecord& record) -> Result<bool> {
                       const listen::Event event =
                           TRY(listen::read_kept_event(record.body, record.at, record.received_at));
                       (void)listen::apply_aggregates(counted, event, {record.source, record.proof},
                                                      *snapshot, vocabulary, all,
                                                      record.received_at);
                       return true;
                     }));
  for (const ground::Aggregate& spec : snapshot->aggregates) {
    if (person.state.find(spec.id) == nullptr) continue;
    remember::Aggregate& kept = person.state.aggregate(spec.id);
    const remember::Aggregate* again = counted.find(spec.id);
    const bool warming = kept.warming;
    kept = again == nullptr ? remember::Aggregate{.id = spec.id} : *again;
    kept.warming = warming;
  }
  return {};
}

void Partition::State::write_wishes(JsonWriter& out, const remember::PersonState* person,
                                    ground::LocaleId locale) const {
  static constexpr std::string_view ja[] = {"この回だけのこと", "贈りもの", "しばらくお休み"};
  static constexpr std::string_view en[] = {"only this time", "a gift", "a break for a while"};
  static constexpr std::string_view ja_means[] = {
      "この訪問のことは、好みとして覚えません。",
      "贈りもののことは、ご自身の好みと分けておきます。",
      "その日まで、合わせることも、おたずねもしません。"};
  static constexpr std::string_view en_means[] = {
      "What you do in this visit is not remembered as your taste.",
      "What is for somebody else is kept apart from your own taste.",
      "Until then nothing is fitted to you, and nothing asked."};
  out.key("told").array();
  const auto write = [&](size_t what, const auto& told, const std::string& product) {
    out.object().member("what", wish_words[what]);
    const bool japanese = is_japanese(*snapshot, locale);
    out.member("says", japanese ? ja[what] : en[what]);
    out.member("means", japanese ? ja_means[what] : en_means[what]);
    if (!product.empty()) out.member("product", product);
    out.member("at", ground::format_instant(told.at));
    out.member("from", ground::format_instant(told.from));
    out.member("until", ground::format_instant(told.until));
    out.member("holds", clock.now() < told.until).end_object();
  };
  if (person != nullptr) {
    for (const Wish& wish : person->wishes)
      write(static_cast<size_t>(wish.what), wish, wish.product);
    if (person->pause.until != Instant{}) write(2, person->pause, "");
  }
  out.end_array();
}

Result<Person*> Dialogue::keep_told(const Asking& asking, const Told& told, const Key& key,
                                    ground::Batch& batch) {
  Partition::State& s = state_;
  TRY(s.store->writable());
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  if (!key.may(Scope::ingest))
    return fail(ErrorCode::forbidden, "This key may not tell us anything.",
                "Use one with the ingest scope.");
  const ground::Source* source = s.snapshot->source(key.source);
  if (source == nullptr)
    return fail(ErrorCode::forbidden, "The key's source is not in sources.yaml any more.",
                "Create a key for a source of the folder.");
  const Instant now = s.clock.now();
  TRY(may_be_told(told, now));
  const auto voice = Partition::State::voice_of(key, asking);
  listen::Event event{.message_id = "wish-" + ground::to_hex(s.dice.next_128()),
                      .user_id = asking.user_id,
                      .anonymous_id = asking.user_id.empty() ? asking.anonymous_id : "",
                      .name = std::string(listen::wish_event),
                      .at = now,
                      .received_at = now};
  event.json = ids_of(event, {});
  if (voice.proof != ground::Assurance::a3) TRY(Partition::State::name_speaker(event, asking));
  listen::EventBatch one;
  one.events.push_back(event);
  TRY(s.room_for_newcomers(one, voice));
  Person* person = TRY(s.owner(event, voice));
  if (person == nullptr && !told.holds) return nullptr;
  // What is counted again is read from where it is kept.
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  batch.let_in();
  if (person == nullptr) person = TRY(s.owner_or_new(event, voice, batch));
  const bool rest = told.what == "break";
  const Instant from = rest || !told.holds ? now : TRY(s.visit_began(*person, now));
  const Instant until = rest                   ? told.until.value_or(now + break_usual)
                        : told.product.empty() ? now + remember::visit_pause
                                               : now + gift_product_for;
  ground::ValueMap details{{Value("what"), Value(told.what)},
                           {Value("holds"), Value(told.holds)},
                           {Value("from"), Value(ground::format_instant(from))},
                           {Value("until"), Value(ground::format_instant(until))}};
  if (!told.product.empty()) details.emplace_back(Value("product"), Value(told.product));
  if (!told.told.empty()) details.emplace_back(Value("told"), Value(told.told));
  event.json = ids_of(event, {{Value("type"), Value("track")},
                              {Value("event"), Value(event.name)},
                              {Value("messageId"), Value(event.message_id)},
                              {Value("properties"), Value::map(std::move(details))}});
  const uint64_t sequence = s.ledger.append(*person,
                                            {.source = source->id,
                                             .proof = voice.proof,
                                             .at = now,
                                             .received_at = now,
                                             .body = ground::to_json(event.json)},
                                            batch);
  TRY(listen::apply(person->state, event, sequence, {source->id, voice.proof}, *s.snapshot,
                    s.vocabulary));
  person->state.applied = sequence;
  if (!rest) TRY(s.count_again(*person));
  s.keep_vocabulary(batch);
  s.ledger.write_with(*person, batch);
  s.census.born(person->state.id);
  s.learn_visits(person->state);
  return person;
}

void Dialogue::tell(const Asking& asking, const Told& told, const Key& key, ground::LocaleId locale,
                    Done done) {
  Partition::State& s = state_;
  ground::Batch batch;
  const auto person = keep_told(asking, told, key, batch);
  if (!person) return done(std::unexpected(person.error()));
  JsonWriter out;
  out.object();
  s.write_wishes(out, *person == nullptr ? nullptr : &(*person)->state, locale);
  s.store->commit(std::move(batch), ground::Durability::synced,
                  [state = &s, json = out.end_object().take(),
                   finish = std::move(done)](const Result<void>& written) mutable {
                    Result<std::string> answer = std::move(json);
                    if (!written) answer = std::unexpected(written.error());
                    state->hand_over([answer = std::move(answer), finish = std::move(finish)] {
                      finish(answer);
                    });
                  });
}

// {"kept", "meant", "concern", "answer"}: what was understood of a text, or that a person reads it.
std::string Dialogue::understood_json(const Value& heard, const std::string& text, bool kept,
                                      ground::LocaleId locale) const {
  const ground::Snapshot& snapshot = *state_.snapshot;
  const bool japanese = is_japanese(snapshot, locale);
  JsonWriter out;
  out.object().member("kept", kept);
  const std::string_view meant = meant_by(text);
  if (!meant.empty()) out.member("meant", meant);
  const Value* worry = heard.find("concern");
  const auto concern = std::ranges::find_if(snapshot.concerns, [&](const auto& each) {
    return worry != nullptr && each.name == ground::to_display(*worry);
  });
  // What is sensitive is not said back by a machine.
  const bool said = kept && concern != snapshot.concerns.end() && !concern->sensitive;
  if (said)
    out.key("concern")
        .object()
        .member("id", concern->name)
        .member("says", concern->says.in(locale))
        .end_object();
  const std::string reads = japanese ? "担当者が読みます。" : "A person will read it.";
  std::string answer = kept ? reads : japanese ? "お預かりできませんでした。" : "It was not kept.";
  if (said)
    answer = fmt::format(fmt::runtime(japanese ? "「{}」のこととしてうかがいました。{}"
                                               : "We understand it is about “{}”. {}"),
                         concern->says.in(locale), reads);
  return out.member("answer", answer).end_object().take();
}

void Dialogue::hear(const Asking& asking, const std::string& text, const Key& key,
                    ground::LocaleId locale, Done done) {
  Partition::State& s = state_;
  if (!s.snapshot)
    return done(fail(ErrorCode::unavailable, "no brand folder is published yet",
                     "run `aizuchi apply DIR`"));
  if (text.size() > text_bytes_max)
    return done(fail(ErrorCode::too_large, "\"text\" is longer than 4,000 bytes.", "Shorten it."));
  const ground::EventRule* rule = s.snapshot->event(note_event);
  const std::string into = rule != nullptr && rule->hears ? rule->hears->text : "text";
  ground::ValueMap event{{Value("type"), Value("track")},
                         {Value("event"), Value(note_event)},
                         {Value("messageId"), Value("note-" + ground::to_hex(s.dice.next_128()))},
                         {Value("properties"), Value::map({{Value(into), Value(text)}})}};
  if (!asking.user_id.empty()) event.emplace_back(Value("userId"), Value(asking.user_id));
  if (!asking.anonymous_id.empty())
    event.emplace_back(Value("anonymousId"), Value(asking.anonymous_id));
  auto batch = listen::read_events(Value::map(std::move(event)), std::nullopt, s.clock.now(),
                                   {.ids_needed = false});
  if (!batch) return done(std::unexpected(batch.error()));
  if (batch->events.empty())
    return done(fail(ErrorCode::invalid, "\"text\" cannot be kept.", "Send plain text."));
  listen::Event heard = batch->events.front();
  s.hear(heard);
  const Value* found = heard.json.find(listen::heard_member);
  const Value understood = found == nullptr ? Value() : *found;
  partition_.ingest(*std::move(batch), key, asking,
                    [self = *this, understood, text, locale,
                     finish = std::move(done)](const Result<Ingested>& outcome) mutable {
                      if (!outcome) return finish(std::unexpected(outcome.error()));
                      if (!outcome->refused.empty())
                        return finish(fail(ErrorCode::invalid, outcome->refused.front().message));
                      finish(self.understood_json(understood, text, outcome->accepted > 0, locale));
                    });
}

Result<std::string> Dialogue::told_and_wait(const std::function<void(Done)>& tell) {
  // Shared: where a write failed it comes after we gave up.
  const auto told = std::make_shared<std::optional<Result<std::string>>>();
  tell([told](const Result<std::string>& outcome) { *told = outcome; });
  for (int i = 0; i < 1000 && !*told; ++i) {
    TRY(state_.store->commit_and_wait({}, ground::Durability::synced));
    partition_.tick();
  }
  AIZ_ASSERT(told->has_value());
  return **told;
}

}  // namespace aizuchi::serve
