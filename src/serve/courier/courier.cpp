#include "serve/courier/courier.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "serve/http/address.h"

namespace aizuchi::serve {

namespace {

constexpr long connect_seconds_max = 5, seconds_max = 15;
constexpr size_t answer_bytes_max = 64 << 10;
constexpr int poll_ms = 1'000;

struct CurlEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
// libcurl's handles are void.
struct EasyEnd {
  void operator()(void* easy) const { curl_easy_cleanup(easy); }
};
struct MultiEnd {
  void operator()(void* multi) const { curl_multi_cleanup(multi); }
};

NetAddress address_of(const sockaddr& address) {
  NetAddress out;
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    std::memcpy(out.bytes.data(), &six.sin6_addr, out.bytes.size());
  } else if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    out.bytes[10] = out.bytes[11] = 0xff;
    std::memcpy(out.bytes.data() + 12, &four.sin_addr, 4);
  }
  return out;
}

std::string part_of(std::string_view url, CURLUPart part) {
  const std::unique_ptr<CURLU, CurlEnd> parsed(curl_url());
  char* text = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), part, &text, 0) != CURLUE_OK)
    return "";
  std::string out(text);
  curl_free(text);
  return out;
}

class CurlCourier final : public Courier {
 public:
  explicit CurlCourier(AddressRanges named) : named_(std::move(named)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi_.reset(curl_multi_init());
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~CurlCourier() override {
    thread_.request_stop();
    curl_multi_wakeup(multi_.get());
    thread_.join();
    for (const auto& [easy, trip] : trips_) curl_multi_remove_handle(multi_.get(), easy);
  }

  void deliver(Effect effect, std::function<void(Delivery)> done) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.emplace_back(std::move(effect), std::move(done));
    }
    curl_multi_wakeup(multi_.get());
  }

  std::string objection(std::string_view url) const override {
    const std::string scheme = part_of(url, CURLUPART_SCHEME);
    const std::string host = part_of(url, CURLUPART_HOST);
    if (scheme.empty() || host.empty()) return "\"url\" cannot be read.";
    const auto literal = parse_net_address(host == "localhost" ? "127.0.0.1" : host);
    if (literal && !may_go(*literal, scheme == "http"))
      return "\"url\" is in a network that is not open to the public.";
    if (!literal && scheme == "http" && named_.empty())
      return "\"url\" is not https, and a message names people.";
    return "";
  }

 private:
  struct Trip {
    CurlCourier* courier = nullptr;
    Effect effect;
    std::function<void(Delivery)> done;
    std::unique_ptr<curl_slist, CurlEnd> headers;
    std::unique_ptr<void, EasyEnd> easy;
    size_t answered = 0;
    bool plain = false, barred = false;
  };

  bool may_go(const NetAddress& address, bool plain) const {
    return named_.contain(address) || (!plain && address.is_public());
  }

  static curl_socket_t open_socket(void* trip, curlsocktype, curl_sockaddr* address) {
    Trip& of = *static_cast<Trip*>(trip);
    if (!of.courier->may_go(address_of(address->addr), of.plain)) {
      of.barred = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  static size_t read_answer(char*, size_t size, size_t count, void* trip) {
    size_t& answered = static_cast<Trip*>(trip)->answered;
    answered += size * count;
    return answered > answer_bytes_max ? 0 : size * count;
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      begin_waiting();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
        if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
      curl_multi_poll(multi_.get(), nullptr, 0, poll_ms, nullptr);
    }
  }

  void begin_waiting() {
    decltype(waiting_) begun;
    {
      const std::lock_guard lock(mutex_);
      begun.swap(waiting_);
    }
    for (auto& [effect, done] : begun) begin(std::move(effect), std::move(done));
  }

  void begin(Effect effect, std::function<void(Delivery)> done) {
    auto trip = std::make_unique<Trip>();
    trip->courier = this;
    trip->effect = std::move(effect);
    trip->done = std::move(done);
    trip->easy.reset(curl_easy_init());
    const Effect& what = trip->effect;
    trip->plain = part_of(what.url, CURLUPART_SCHEME) == "http";
    curl_slist* headers = nullptr;
    for (const std::string& line :
         {std::string("Content-Type: application/json"), "webhook-id: " + what.id,
          "webhook-timestamp: " + what.timestamp, "webhook-signature: " + what.signature,
          std::string("Expect:")})
      headers = curl_slist_append(headers, line.c_str());
    trip->headers.reset(headers);
    CURL* easy = trip->easy.get();
    curl_easy_setopt(easy, CURLOPT_URL, what.url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(what.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, what.body.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Aizuchi");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, connect_seconds_max);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, seconds_max);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, trip.get());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, trip.get());
    if (const char* trusted = std::getenv("SSL_CERT_FILE"))  // libcurl itself does not look
      curl_easy_setopt(easy, CURLOPT_CAINFO, trusted);
    curl_multi_add_handle(multi_.get(), easy);
    trips_.emplace(easy, std::move(trip));
  }

  void end(CURL* easy, CURLcode result) {
    const auto it = trips_.find(easy);
    if (it == trips_.end()) return;
    const std::unique_ptr<Trip> trip = std::move(it->second);
    trips_.erase(it);
    Delivery delivery;
    long status = 0;
    curl_off_t wait = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    delivery.status = static_cast<int>(status);
    if (wait > 0) delivery.retry_after = ground::Duration::seconds(wait);
    if (trip->barred)
      delivery.trouble = "its name leads into a network that is not open to the public";
    else if (status == 0)
      delivery.trouble = curl_easy_strerror(result);  // fixed words, no address in them
    curl_multi_remove_handle(multi_.get(), easy);
    trip->done(delivery);
  }

  const AddressRanges named_;
  std::unique_ptr<void, MultiEnd> multi_;
  std::map<CURL*, std::unique_ptr<Trip>> trips_;  // the thread's
  std::mutex mutex_;
  std::vector<std::pair<Effect, std::function<void(Delivery)>>> waiting_;  // under mutex_
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Courier> curl_courier(AddressRanges named) {
  return std::make_unique<CurlCourier>(std::move(named));
}

}  // namespace aizuchi::serve
