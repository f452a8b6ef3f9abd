#include "serve/demo/demo.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "serve/demo/demo_play.h"
#include "serve/demo/demo_print.h"
#include "serve/demo/demo_routes.h"
#include "serve/http/routes.h"
#include "serve/http/transport.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr int ports_tried = 20;
constexpr std::string_view page_key = "pk_tsumugi_demo", server_key = "sk_tsumugi_demo";

volatile sig_atomic_t asked_to_stop = 0;
void on_signal(int) {
  asked_to_stop = 1;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string locale_of_terminal() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const std::string value = variable(name); !value.empty())
      return value.starts_with("ja") ? "ja" : "en";
  return "en";
}

PrintOptions print_options(const std::string& locale) {
  PrintOptions out{.locale = locale};
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  out.colour = terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    out.columns = std::min<size_t>(size.ws_col, 100);
  return out;
}

void say(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int failed(const ground::Error& error) {
  const std::string text = fmt::format("aizuchi: {}\n", error.message);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return 1;
}

bool answered(const DemoTold& told) {
  if (!told.answer.unknown_slots.empty()) return false;
  for (const decide::SlotDraft& slot : told.answer.draft.slots)
    if (slot.reason == decide::Reason::failed) return false;
  return told.answer.draft.slots.size() == told.scene->slots.size();
}

// Each tap that is worth a look, from the scene as it was.
Result<std::string> taps_of(DemoStage& stage, const DemoTold& before, const PrintOptions& options) {
  std::string out;
  for (const DemoTap& tap : before.scene->taps) {
    if (tap.look.empty()) continue;
    DemoMoment moment = before.moment;
    moment.tapped.push_back({.tap = tap.id, .later = moment.later});
    out += print_tap(before, TRY(stage.tell(before.scene->id, before.locale, moment)), options);
  }
  return out;
}

int print_all(DemoStage& stage, const std::string& locale, const DemoOptions& asked) {
  const PrintOptions options = print_options(locale);
  const auto moment = parse_moment(asked.later, "");
  if (!moment) return failed(moment.error());
  int exit = 0;
  std::string scenes;
  for (const DemoScene* scene : stage.scenes()) {
    const auto told = stage.tell(scene->id, locale, *moment);
    if (!told) return failed(told.error());
    if (!answered(*told)) exit = failed({.message = scene->id + " left a slot without an answer"});
    if (asked.json) {
      scenes += (scenes.empty() ? "" : ",") + told_json(*told);
      continue;
    }
    const auto taps = taps_of(stage, *told, options);
    if (!taps) return failed(taps.error());
    say(print_told(*told, options) + *taps + "\n");
  }
  const auto attempt = stage.try_publish({});
  if (!attempt) return failed(attempt.error());
  if (asked.json)
    say("{\"scenes\":[" + scenes + "],\"attempt\":" + attempt_json(*attempt) + "}\n");
  else
    say(print_attempt(*attempt, options));
  return exit;
}

struct Address {
  std::string host;
  uint16_t port = 0;
};
Result<Address> parse_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  Address out{.host = std::string(text.substr(0, colon))};
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || out.host.empty())
    return fail(ErrorCode::invalid, "--listen is not like 127.0.0.1:8080");
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

Result<std::unique_ptr<Transport>> listen_near(const Address& address, const Handler& handler) {
  for (int i = 0;; ++i) {
    const auto port = static_cast<uint16_t>(address.port + i);
    auto out = Transport::listen({.address = address.host, .port = port}, handler);
    if (out || out.error().code != ErrorCode::conflict || i == ports_tried || port == 65535)
      return out;
  }
}

// Enough people like each of the scenes' that an audience may be counted.
constexpr size_t others_per_scene = 24;

// The shop as it would run: the same brand, the real clock, the people of the scenes with their
// history and some more like them, and the API.
class Shop {
 public:
  Result<void> open(const ground::BrandFiles& brand, const DemoStage& stage,
                    std::unique_ptr<Transport>& transport) {
    partition_ = TRY(Partition::open({.sync = false, .post = [&](std::function<void()> work) {
                                        transport->post(std::move(work));
                                      }}));
    TRY(partition_->publish(brand));
    TRY(seed_people(*partition_, stage.scenes(), others_per_scene));
    TRY(partition_->register_key(page_key, false, "web", {Scope::ingest, Scope::decide}));
    TRY(partition_->register_key(
        server_key, true, "shop",
        {Scope::ingest, Scope::decide, Scope::people, Scope::brand, Scope::admin}));
    const auto post = [&](std::move_only_function<void()> work) {
      transport->post(std::move(work));
    };
    routes_ = std::make_unique<Routes>(*partition_, RoutesOptions{.post = post});
    return {};
  }
  void handle(Request& request, Responder responder) {
    routes_->handle(request, std::move(responder), Door::both);
  }
  void tick() {
    partition_->tick();
    routes_->tick();
  }

 private:
  std::unique_ptr<Partition> partition_;
  std::unique_ptr<Routes> routes_;
};

void stop_on_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::string greeting(const std::string& locale, const std::string& url) {
  const bool ja = locale == "ja";
  std::string out = fmt::format("\n  {}\n  {}/?locale={}\n\n",
                                ja ? "つむぎ珈琲(見本)" : "Tsumugi Coffee (a sample)", url, locale);
  out += ja ? "  見どころ\n"
              "    ・同じ人、同じ瞬間に、よくある出し分けと Aizuchi が言うこと\n"
              "    ・「この表示の理由」と「控えたこと」\n"
              "    ・時計をすすめ、ボタンを押すと、次の判定から変わること\n"
              "    ・場面 3: 編集者が「授乳中の方へ」と書いて、公開できない\n"
            : "  What to look at\n"
              "    - the same person at the same moment: ordinary targeting, and Aizuchi\n"
              "    - \"Why this is shown\" and \"Held back\"\n"
              "    - move the clock on or tap a button: the next decision takes it into account\n"
              "    - scene 3: an editor types \"For nursing mothers\", and publishing refuses\n";
  out += fmt::format(
      "\n  {}\n    curl {}/v1/decide -H 'Authorization: Bearer {}' \\\n"
      "      -d "
      "'{{\"person\":{{\"userId\":\"demo-user-bitter\"}},\"slots\":[\"chat.opening\"]}}'\n\n"
      "  {}\n",
      ja ? "同じ店に、API で聞くこともできます(データはメモリだけ)"
         : "The same shop over its API (kept in memory only)",
      url, server_key, ja ? "Ctrl-C で終わります。" : "Ctrl-C ends it.");
  return out;
}

Result<int> serve(DemoStage& stage, const DemoOptions& options, const std::string& locale) {
  const Address address = TRY(parse_address(options.listen));
  DemoRoutes page(stage);
  std::unique_ptr<Transport> transport;
  Shop shop;
  transport = TRY(listen_near(address, [&](Request& request, Responder responder) {
    if (DemoRoutes::owns(request.path))
      page.handle(request, std::move(responder));
    else
      shop.handle(request, std::move(responder));
  }));
  TRY(shop.open(demo_files().brand, stage, transport));
  stop_on_signals();
  transport->every(ground::Duration{100}, [&] {
    shop.tick();
    if (asked_to_stop != 0) transport->stop();
  });
  const bool v6 = address.host.contains(':');
  const std::string host = v6 ? "[" + address.host + "]" : address.host;
  say(greeting(locale, fmt::format("http://{}:{}", host, transport->port())));
  std::fflush(stdout);
  transport->run();
  return 0;
}

}  // namespace

int run_demo(const DemoOptions& options) {
  const std::string locale = options.locale.empty() ? locale_of_terminal() : options.locale;
  const auto stage = DemoStage::open(demo_files());
  if (!stage) return failed(stage.error());
  if (options.once) return print_all(**stage, locale, options);
  const auto exit = serve(**stage, options, locale);
  return exit ? *exit : failed(exit.error());
}

}  // namespace aizuchi::serve
