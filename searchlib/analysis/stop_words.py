"""Stop words: the commonest function words of each language, which say little about a text.

Nothing leaves them out of an index. A query leaves them out where they stand loose beside other
words (:mod:`searchlib.query.parser`), and they are no words that articles are "similar" by, or that
are worth a suggestion. Articles, pronouns, prepositions, conjunctions, auxiliary
verbs and the commonest adverbs; no word that is as often a noun. Elided ones stand without their
apostrophe, as tokens do.
"""

from __future__ import annotations

from functools import cache

from searchlib.analysis.folding import surface

__all__ = ["stop_words"]

_WORDS: dict[str, str] = {
    "ar": """
        في من على إلى الى عن مع هذا هذه ذلك تلك هؤلاء أولئك التي الذي الذين اللذين اللتين اللاتي
        ما ماذا لا لم لن ليس ليست إن أن ان إذا إذ لو لولا كل بعض غير قد لقد سوف كان كانت كانوا
        يكون تكون كما لكن لكنه بل أو ام أم ثم حتى منذ خلال بعد قبل بين عند عندما حيث حين هو هي
        هم هن هما نحن أنا أنت انت أنتم كيف متى أين أي أية لماذا هل به بها بهم له لها لهم لنا لك
        لي فيه فيها فيهم منه منها منهم عليه عليها عليهم إليه إليها عنه عنها معه معها أنه أنها
        انه انها إنه إنها بأن لأن وهو وهي وهم وقد وفي ومن وعلى وكان وكانت ولا ولم ولن ولكن وأن
        وإن وما وكل كذلك أيضا أيضاً فقط مثل ضد نحو دون سوى لدى لديه لديها تحت فوق أمام وراء هنا
        هناك ذات ذو مما ممن عما فيما بينما كلما لما فإن فقد
    """,
    "ca": """
        el la els les l lo un una uns unes de del dels d a al als en amb per pel pels sense
        sobre sota entre fins des cap contra durant segons i o ni però sinó que què qui quin
        quina quins quines com quan on perquè si doncs ja no sí es s se em m et t ens us hi ho
        li n ne jo tu ell ella nosaltres vosaltres ells elles meu meva seu seva seus seves
        nostre nostra vostre aquest aquesta aquests aquestes aquell aquella això allò molt molta
        molts moltes més menys poc tot tota tots totes altre altra altres mateix mateixa cada
        algun alguna alguns algunes és són era eren ser estar està estan sigui ha han he hem heu
        haver havia havien va van vaig vam fou té tenen també tan tant així encara només sempre
        mai abans després ara
    """,
    "cs": """
        a i o u v ve k ke s se z ze na do od po za před při pro pod nad mezi bez přes proti
        kolem podle během aby ale ani anebo nebo než že protože když kdyby jestli jestliže zda
        jako jak kde kdy kdo co což který která které kteří kterou kterého kterých jaký jaká
        jaké ten ta to ti ty toho tomu tom tím tento tato toto této tyto těchto tohoto já on ona
        ono my vy oni ony mě mi mu mne mně ho jej ji jí jim jich nás nám vás vám jeho její
        jejich můj moje náš naše váš svůj své svou svého si je jsou jsem jsi jsme jste být byl
        byla bylo byli byly bude budou by bych není nejsou má mají měl může mohou musí také taky
        však tak pak už již ještě jen jenom pouze tedy tam tady zde více velmi ne ano až vždy
    """,
    "da": """
        og i at det en et den de der som på til er af for med var ikke han hun jeg du vi man sig
        fra ved om har havde have blev bliver blive været være vil ville skal skulle kan kunne
        må måtte men eller så hvis når da hvor hvad hvem hvilken hvilke hvordan hvorfor fordi
        mens efter før under over mellem mod uden gennem siden inden hos op ned ud ind hen her
        dette disse denne sin sit sine hans hendes deres min mit mine din dit dine vores jer os
        mig dig ham hende dem også kun meget mere mest nu end alle alt anden andet andre noget
        nogen nogle ingen intet jo selv bare dog både samt ad
    """,
    "de": """
        der die das den dem des ein eine einer eines einem einen und oder aber denn sondern doch
        als wie wenn weil dass daß ob damit obwohl während bevor nachdem da so also auch nur
        noch schon immer sehr mehr nicht kein keine keiner keinen keinem nichts ja nein in im
        ins an am ans auf aus bei beim mit nach seit von vom zu zum zur über unter vor hinter
        neben zwischen durch für gegen ohne um bis ab wegen trotz ich du er sie es wir ihr mich
        mir dich dir ihn ihm uns euch ihnen sich man mein meine dein sein seine seiner seinen
        seinem seines ihre ihrer ihren ihrem ihres unser unsere euer dieser diese dieses diesen
        diesem jener jene welche welcher welches alle allem allen aller alles jeder jede jedes
        manche einige viele andere anderen was wer wen wem wo wann warum hier dort dann nun
        jetzt ist sind war waren bin bist sei wäre gewesen hat haben habe hatte hatten hätte
        wird werden wurde wurden worden würde kann können konnte muss müssen musste soll sollen
        sollte will wollen wollte darf dürfen dabei dazu davon darauf
    """,
    "el": """
        ο η το οι τα του της των τον την τους τις στο στη στην στον στα στις στους ένας ένα μια
        μία ενός μιας έναν και κι ή είτε ούτε αλλά όμως μα να θα ας δεν δε μη μην ότι που πως
        πώς αν εάν όταν όπως γιατί διότι επειδή ώστε ενώ καθώς αφού πριν μετά σε από για με
        χωρίς προς κατά παρά αντί μέχρι έως ως μεταξύ πάνω κάτω μέσα έξω εγώ εσύ αυτός αυτή αυτό
        αυτοί αυτές αυτά αυτού αυτής αυτών εμείς εσείς μου σου μας σας τι ποιος ποια ποιο ποιοι
        όποιος οποίος οποία οποίο οποίοι οποίες οποίων εκείνος εκείνη εκείνο όλα όλοι όλες όλη
        όλο κάθε κάποιος κάποια κάποιο άλλος άλλη άλλο άλλοι άλλα πολύ πιο περισσότερο μόνο
        επίσης ακόμη ακόμα ήδη τώρα εδώ εκεί έτσι τότε είναι ήταν είμαι είσαι είμαστε έχει έχουν
        έχω είχε είχαν
    """,
    "en": """
        a an the and or but nor if then than so as because while although though until unless
        since whether of in on at by for from to with without within into onto upon over under
        about above below between among through during before after against around across toward
        towards off out up down per via i you he she it we they me him her us them my your his
        its our their mine yours hers ours theirs myself himself herself itself themselves this
        that these those who whom whose which what when where why how there here is am are was
        were be been being has have had having do does did doing done can could will would shall
        should may might must cannot not no yes all any both each every either neither few many
        more most much other others another some such only own same too very just also even
        still yet ever never again once now however dont doesnt didnt isnt arent wasnt werent
        hasnt havent hadnt wont wouldnt couldnt shouldnt cant
    """,
    "eo": """
        la kaj aŭ sed nek ĉar ke se dum kiam kie kiel kial kiu kiuj kiun kiujn kio kion kia kiaj
        kies tiu tiuj tiun tiujn tio tion tia tiam tie tiel tial tiom ĉi ĉiu ĉiuj ĉiun ĉio ĉiam
        ĉie iu iuj io iam ie iel neniu nenio neniam al de da en el je por per pro pri kun sen
        sur sub super ĉe ĝis inter kontraŭ antaŭ post tra trans laŭ krom apud ĉirkaŭ mi vi li ŝi
        ĝi ni ili oni si min vin lin ŝin ĝin nin ilin sin mia via lia ŝia ĝia nia ilia sia siaj
        sian estas estis estos estu esti estus havas havis ne jes ja jam ankoraŭ nur ankaŭ eĉ
        tre pli plej ol ju des do tamen nun jen mem ĉu po ajn
    """,
    "es": """
        el la los las lo un una unos unas de del a al en con por para sin sobre entre hasta
        desde hacia contra según durante ante bajo tras mediante y e o u ni pero sino aunque
        porque pues que qué quien quién quienes cual cuál cuales como cómo cuando cuándo donde
        dónde si sí no ya yo tú él ella ello nosotros vosotros ellos ellas usted ustedes me te
        se nos os le les mi mis tu tus su sus nuestro nuestra nuestros nuestras suyo suya este
        esta esto estos estas ese esa eso esos esas aquel aquella aquello aquellos aquellas muy
        más menos mucho mucha muchos muchas poco pocos tan tanto todo toda todos todas otro otra
        otros otras mismo misma mismos algo alguien algún alguno alguna algunos algunas nada
        nadie ningún ninguno ninguna cada también tampoco así aún todavía sólo solo siempre
        nunca antes después luego ahora entonces es son era eran ser sido fue fueron sea sean
        será serán está están estaba estaban estar ha han he hemos había habían haber hay hubo
        tiene tienen tenía puede pueden
    """,
    "et": """
        ja ning ega või aga kuid ent vaid sest et kui nagu siis ka ei ju on oli olid oleks ole
        olen oled oleme olete olema olla olnud see selle seda sellest sellel sellele sellega
        selles need nende neid nendest nendele ma mina mu minu mind mul mulle sa sina su sinu
        sind sul ta tema teda tal talle temast me meie meid meil meile te teie teid teil nad
        nemad neil neile kes kelle keda mis mille mida millest millega milles kus kuhu kust
        millal miks kuidas oma ise enda end iga kõik kõigi mõni mõne mingi keegi midagi üks
        teine teise teised enne pärast alates kuni läbi üle alla juures juurde peale peal vahel
        järgi järel vastu ilma koos poolt kohta eest veel juba ainult väga rohkem kõige nii seal
        siin nüüd saab saanud sai võib pole olgu
    """,
    "eu": """
        eta edo baina ere ez bai da dira zen ziren izan den diren zuen zuten du dute ditu
        dituzte dio diote zaio zion nuen dut naiz gara zara dago daude zegoen izango izaten egin
        egiten hau hori hura hauek horiek haiek honen horren haren honetan horretan hartan honek
        horrek hark ni zu bera gu zuek nire zure bere gure haien beren nor zer non noiz nola
        zein zergatik bat batzuk batean baten beste bestea besteak guzti guztiak oso asko
        gehiago gutxi baino bezala arte gabe kontra artean ondoren aurretik bitartean buruz
        arabera gainera hala ala beraz baldin bada orain gero orduan hemen han hor behar ahal
        bakarrik oraindik dela duela
    """,
    "fa": """
        و در به از که را با این آن آنها آنان اینها برای تا بر بی هم نیز یا اما ولی اگر چون زیرا
        پس چه چرا چگونه کجا کی کدام هر همه هیچ یک یکی دیگر دیگری بعضی برخی چند چندین خود خویش من
        تو او وی ما شما ایشان است هست نیست بود بودند باشد باشند هستند نیستند شد شده شدند شود
        میشود می‌شود شوند میشوند می‌شوند کرد کرده کردند کند میکند می‌کند کنند میکنند می‌کنند
        دارد دارند داشت داشته داشتند خواهد خواهند باید نباید نه بله بسیار خیلی بیشتر فقط تنها
        حتی همین همان چنین همچنین هنوز اکنون حالا سپس بعد قبل پیش بین میان روی زیر درباره طی ضد
        جز مانند مثل آنکه اینکه بلکه چنانچه هنگامی وقتی جا ای ها های
    """,
    "fi": """
        ja tai sekä eli mutta vaan sillä koska jos kun kuin että jotta vaikka ei en et emme ette
        eivät älä on oli ovat olivat ole olen olet olemme olette olla ollut olleet olisi
        olisivat minä minun minua minut minulla minulle sinä sinun sinua sinulla hän hänen häntä
        hänet hänellä hänelle me meidän meitä meillä te teidän teitä he heidän heitä heillä se
        sen sitä siitä siinä siihen sille ne niiden niitä niistä niihin tämä tämän tätä tästä
        tässä tähän nämä näiden näitä tuo tuon nuo joka jonka jota josta jossa johon jolla jolle
        jotka joiden joita joista mikä minkä mitä mistä missä mihin kuka kenen ketä miten miksi
        milloin mukaan kanssa ilman ennen jälkeen aikana välillä kautta vastaan yli alle myös
        vain jo vielä niin nyt sitten siellä täällä aina hyvin enemmän kaikki kaikkien jokin
        joku muu muut muun itse oma olevan
    """,
    "fr": """
        le la les l un une des de du d au aux à en dans par pour sur sous avec sans entre vers
        chez contre depuis pendant avant après devant derrière dès jusque jusqu selon malgré
        parmi hors et ou où ni mais donc car que qu qui quoi dont quand comme comment pourquoi
        si lorsque lorsqu puisque puisqu quoique ne n pas plus moins non oui je j tu il elle on
        nous vous ils elles me m te t se s lui leur leurs y moi toi soi eux ce c cet cette ces
        ça cela ceci celui celle ceux celles mon ma mes ton ta tes son sa ses notre nos votre
        vos quel quelle quels quelles tout toute tous toutes autre autres même mêmes aucun
        aucune chaque plusieurs quelque quelques très trop peu beaucoup aussi ainsi encore
        toujours jamais déjà bien ici là alors puis est sont était étaient être été suis es
        sommes êtes soit soient sera serait fut ont a ai as avons avez avoir avait avaient eu
        aura aurait fait faire peut peuvent doit aujourd hui
    """,
    "ga": """
        an na a ag ar as ó go i in le leis do don de den d faoi faoin roimh thar trí tríd um
        idir gan chuig chun chuige dá lena lenár ina inár san sa sna agus is nó ach mar má nuair
        ós óir sular cé cad céard conas cathain cá ní níl níor nár nach gur gurb gurbh ba bhí tá
        bhfuil raibh bheith beidh bíonn bhíonn mbeidh bhfuair é í iad sé sí siad mé tú muid sinn
        sibh mo ár bhur sin seo siúd féin gach uile eile aon dhá ann aige aici acu agam agat
        againn air uirthi orthu orm ort orainn leo liom leat linn dó di dóibh dom duit dúinn
        uaidh uathu uaim freisin fós anois ansin anseo níos mó b m s ea
    """,
    "he": """
        של על את אל עם לא כי אם או אבל גם רק כל כמו יותר מאוד אך אלא אף הוא היא הם הן אני אתה
        אתם אנחנו אנו זה זו זאת אלה אלו מה מי איך איפה מתי למה מדוע אשר בין לפני אחרי אחר אחרת
        עד תחת מול ליד בלי ללא אצל לפי בגלל כדי שלו שלה שלהם שלי שלך שלנו אותו אותה אותם אותי
        אותך אותנו לו לה להם לי לך לנו בו בה בהם בי בך בנו ממנו ממנה מהם היה היתה הייתה היו יהיה
        תהיה יהיו להיות יש אין עוד כבר פה שם כאן אז לכן כך כן הזה הזאת האלה כאשר שבו שבה
    """,
    "hi": """
        का के की को में से पर ने और या तथा एवं व कि जो जिस जिसे जिसके जिसकी जिसका जिसमें जिन
        जिनके यह ये वह वे इस इसे इसके इसकी इसका इसमें उस उसे उसके उसकी उसका उसमें इन इनके इनकी
        उन उनके उनकी उनका उन्हें उन्होंने इन्हें हम हमारे हमारी हमें मैं मेरे मेरी मुझे तुम आप
        आपके आपकी अपने अपनी अपना कोई कुछ किसी किस क्या कौन कब कहां कहाँ कैसे क्यों है हैं था थे
        थी थीं हो होता होती होते हुआ हुई हुए होने होगा होगी होंगे रहा रहे रही गया गए गई जा जाता
        जाती जाते कर करना करने करते करता करती किया किए लिए लिये दिया दी साथ बाद पहले तक भी ही तो
        न नहीं मत अब जब तब यहां वहां लेकिन मगर परन्तु यदि अगर क्योंकि ताकि जैसे ऐसे ऐसा ऐसी बहुत
        अधिक सभी सब एक दो अन्य दूसरे ओर द्वारा बीच सकता सकते सकती वाले वाली वाला
    """,
    "hu": """
        a az egy és s is vagy de hanem ha hogy mert mivel bár mint mikor amikor míg amíg ne nem
        nincs sem se igen már még csak majd most akkor itt ott ide oda így úgy ez ezt ezek ennek
        ebben erre ezzel ezen azt azok annak abban arra azzal azon ezért azért én te ő mi ti ők
        engem téged őt minket őket nekem neked neki nekünk nekik ki kit mit milyen melyik hol
        hova hogyan miért aki akik akit ami amely amelyek amelyet amelyben amit ahol ahogy van
        vannak volt voltak lesz lenne lehet legyen lett való minden mindenki valaki valami senki
        semmi más másik többi saját maga között alatt felett fölött előtt után mellett mögött
        ellen által szerint nélkül iránt miatt felé óta közben során illetve azonban pedig tehát
        viszont szintén nagyon több kell meg el fel le be
    """,
    "hy": """
        և ու եւ կամ բայց իսկ որ որը որի որին որից որով որոնք որոնց եթե երբ քանի թե ինչ ինչպես
        ինչու որտեղ ով ովքեր ես դու նա մենք դուք նրանք ինձ քեզ նրան մեզ ձեզ նրանց իմ քո նրա մեր
        ձեր իր իրեն իրենց այս այդ այն սա դա սրանք դրանք այստեղ այնտեղ է եմ ենք եք են էր էի էին
        չի չէ չեն չեմ եղել լինել լինի կլինի ունի ունեն ոչ այո մի բոլոր ամեն ամբողջ այլ մյուս
        նույն ինքը մեջ վրա տակ մոտ համար հետ առանց մասին դեպի միջև միջեւ առաջ հետո ընթացքում
        կողմից ըստ դեմ մինչև նաև նաեւ միայն արդեն դեռ շատ ավելի այնպես այսպես ապա հիմա պետք
        կարող
    """,
    "id": """
        yang di ke dari pada dalam untuk dengan oleh dan atau tetapi tapi namun karena sebab
        jika kalau bila agar supaya sehingga maka bahwa sebagai seperti saat ketika sejak sampai
        hingga tentang terhadap antara atas bawah tanpa serta lalu kemudian ini itu tersebut
        sini sana situ saya aku kamu anda dia ia kami kita mereka nya apa siapa mana kapan
        bagaimana mengapa kenapa berapa adalah ialah yaitu yakni ada tidak bukan tak belum sudah
        telah akan sedang masih bisa dapat harus boleh perlu ingin juga saja hanya pun lagi
        sangat lebih paling semua setiap para banyak beberapa sebuah seorang suatu satu lain hal
        secara sendiri setelah sebelum selama menurut melalui kepada bagi demi bahkan pula
    """,
    "it": """
        il lo la i gli le l un uno una di a da in con su per tra fra del dello della dell dei
        degli delle d al allo alla all ai agli alle dal dallo dalla dall dai dagli dalle nel
        nello nella nell nei negli nelle sul sullo sulla sull sui sugli sulle col e ed o od né
        ma però anche se che chi cui quale quali come quando dove perché poiché mentre quindi
        dunque cioè non più meno io tu lui lei noi voi loro egli essa essi mi ti si ci vi ne c m
        t s v me te sé mio mia miei tuo tua suo sua suoi sue nostro nostra vostro questo questa
        quest questi queste quello quella quell quelli quelle quei quegli ciò tutto tutta tutti
        tutte altro altra altri altre stesso stessa ogni qualche alcuni alcune nessuno molto
        molti poco troppo tanto così ancora già sempre mai solo poi ora adesso qui lì là è sono
        era erano essere fu furono sia siano sarà sarebbe ha hanno ho abbiamo avere aveva
        avevano avuto viene può possono contro senza sotto sopra dopo prima durante secondo
        verso
    """,
    "ja": """
        の に は を た が で て と し れ さ ある いる も する から な こと として い や
        れる など なっ ない この ため その あっ よう また もの という あり まで られ なる へ
        か だ これ によって により おり より による ず なり られる において ば なかっ なく
        しかし について せ だっ その後 できる それ う ので なお のみ でき き つ における
        および いう さらに でも ら たり その他 に関する たち ます ん なら です でした ました
        ません ましょう に対して 特に せる 及び これら とき では にて ほか ながら うち そして
        とともに ただし かつて それぞれ または ほど ものの に対する ほとんど と共に といった とも
        ところ ここ そこ あの どの どう 何 私 彼 彼女 我々 僕 あなた
    """,
    "ko": """
        이 그 저 것 수 등 및 또는 그리고 그러나 하지만 그런데 그래서 따라서 또한 또 더 가장
        매우 아주 다른 모든 각 어떤 이런 그런 저런 같은 이것 그것 저것 여기 거기 저기 나 너
        우리 그들 누구 무엇 언제 어디 왜 어떻게 은 는 을 를 의 에 에서 에게 으로 로 와 과
        도 만 까지 부터 보다 처럼 한 하는 할 하고 하여 했다 한다 있다 있는 없다 없는 이다
        된 되는 된다 됐다 위해 대한 대해 통해 따라 때문에 때 후 전 중 안
    """,
    "lt": """
        ir o bet ar arba kad jog jei jeigu nes kai kol kada nors tačiau tik dar jau vis labai
        daugiau taip ne nei nebe be į iš su už per prie prieš po pas apie nuo iki tarp dėl pagal
        virš ant ties link kaip kur kodėl kas ką ko kam kuo kuris kuri kurie kurios kurį kurią
        kurių kuriame kurioje koks kokia kokie aš tu jis ji mes jūs jie jos mane tave jį ją mus
        jus juos jas man tau jam jai mums jums jiems joms mano tavo jo jų mūsų jūsų savo save
        sau šis ši šie šios šio šią šį šiame tas ta tie tos to tą tai tuo tame toks tokia tokie
        pats pati patys visi visos visas visa visų kiekvienas kitas kita kiti kitos kitų yra
        nėra buvo būti bus būtų esu esi esame gali galima turi reikia čia ten dabar tada todėl
        taigi pat net gal būtent
    """,
    "ne": """
        को का की ले लाई मा बाट र तर वा पनि नै यो त्यो यी ती यस त्यस यसको त्यसको यसले उनी उनले
        उनको उनीहरू म मेरो हामी हाम्रो तिमी तपाईं तपाईंको ऊ उसको उसले आफ्नो आफू जो जुन जसको जसले
        के कसरी किन कहाँ कहिले कति छ छन् छु छौं थियो थिए हो होइन हुन् हुने हुन हुन्छ हुँदा भएको
        भएका भए भयो भने भनेर भन्ने गर्ने गरेको गरेका गर्न गरी गरे गर्दै गर्छ गर्यो छैन साथ सँग
        लागि बारे बीच पछि अघि अहिले अब जब तब यहाँ त्यहाँ सबै केही कुनै अन्य अर्को धेरै मात्र एक
        यदि किनभने तथा सम्म देखि अनुसार द्वारा त न
    """,
    "nl": """
        de het een en of maar want dus doch noch van in op aan te bij met voor door over uit
        naar om tot tegen tussen onder boven achter naast sinds tijdens na zonder volgens vanaf
        binnen buiten toe af mee als dan dat die dit deze wie wat waar wanneer waarom hoe welke
        welk hoewel omdat zodat terwijl toen indien niet geen wel ja nee ook nog al reeds meer
        meest minder zeer heel veel weinig ik jij je hij zij ze wij we jullie u mij me hem haar
        hen hun ons onze mijn jouw uw zijn zich zelf er hier daar nu altijd nooit alleen slechts
        elke elk ieder iedere alle alles andere ander sommige enkele iets niets iemand niemand
        is was waren ben bent zou zouden zal zullen word wordt worden werd werden heeft hebben
        heb had hadden kan kunnen kon moet moeten moest mag mogen wil willen wilde gaat gaan
        geweest geworden zo toch echter s t
    """,
    "no": """
        og i på at det en et ei den de der som til er av for med var ikke ikkje han hun ho jeg
        eg du vi dere man seg fra frå ved om har hadde ha ble blir bli blei vart vært være vere
        vil ville skal skulle kan kunne må måtte men eller så hvis viss når da då hvor kor hva
        kva hvem kven hvilken hvilke hvordan hvorfor fordi mens etter før under over mellom mot
        uten utan gjennom siden sidan innen hos opp ned ut inn her dette disse denne sin sitt si
        sine hans hennes deres min mitt mine din ditt dine vår vårt våre oss meg deg ham henne
        dem deim også òg bare berre kun mye mykje mer meir mest nå no enn alle alt annen annet
        andre noe noen noko nokon ingen ingenting ett jo selv både samt eit ein eitt dei
    """,
    "pl": """
        i a o w we z ze na do od po za przed przy dla pod nad między bez u przez przeciw wobec
        według podczas oprócz około jako jak niż że żeby aby by bo ale lecz lub albo ani oraz
        czy jeśli jeżeli gdy kiedy gdzie dlaczego ponieważ więc zatem jednak natomiast który
        która które którzy którego której których którym którą co kto kogo komu czego czemu czym
        kim ten ta to ci te tego tej tych temu tym tymi tę tą tam tu taki taka takie ja ty on
        ona ono my wy oni one mnie mi mną ciebie cię jego jemu mu go nim niego jej ją nią ich im
        nimi nas nam was wam mój moja nasz nasza swój swoje swoją swoich swojego się siebie
        sobie jest są był była było były byli być będzie będą jestem może mogą można ma mają
        miał nie tak też także również już jeszcze tylko bardzo więcej wszystko wszyscy
        wszystkie każdy każda inny inne innych sam sama żaden teraz zawsze nigdy
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das d em no na nos nas num numa ao aos à às por
        pelo pela pelos pelas para pra com sem sob sobre entre até desde após ante contra
        durante segundo e ou nem mas porém se que quem qual quais cujo cuja como quando onde
        porque porquê pois embora enquanto não sim já eu tu ele ela nós vós eles elas você vocês
        me te lhe lhes lo la meu minha meus minhas teu seu sua seus suas nosso nossa este esta
        isto estes estas esse essa isso esses essas aquele aquela aquilo aqueles deste desta
        disto desse dessa disso daquele neste nesta nesse nessa muito muita muitos mais menos
        pouco tão tanto todo toda todos todas tudo outro outra outros outras mesmo mesma algum
        alguma alguns algumas nada ninguém nenhum nenhuma cada também assim ainda só apenas
        sempre nunca antes depois agora então aqui ali lá é são era eram ser sido foi foram seja
        será seria está estão estava estavam estar há houve havia ter tem têm tinha tinham teve
        pode podem vai vão
    """,
    "ro": """
        și sau ori dar însă ci că să ca dacă deși fiindcă pentru deoarece când cum unde cine ce
        care căruia cărei cărora pe la de din în între prin cu fără spre până după înainte
        asupra despre contra sub peste lângă către printre dintre un o unui unei unor niște al a
        ai ale cel cea cei cele celui celor acest această acești aceste acestui acestei acestor
        acesta aceasta aceștia acestea acel acea acele aceea eu tu el ea noi voi ei ele mă te îl
        ne vă îi le mi ți își se s i lui lor meu mea mei mele tău ta său sa săi sale nostru
        noastră nu da mai foarte tot toată toți toate alt altă alți alte fiecare orice oricare
        nimic nimeni câte câți atât prea doar numai deja încă apoi atunci acum aici acolo astfel
        așa este e sunt era erau fi fost fie ești suntem am are au avea avut aveau avem va vor
        ar aș vom vei poate pot trebuie l m n v
    """,
    "ru": """
        и в во не что он на я с со как а то все она так его но да ты к ко у же вы за бы по
        только ее её мне было вот от ото меня еще ещё нет о об обо из изо ему теперь когда даже
        ну ли если уже или ни быть был была были него до вас нибудь опять уж вам ведь там потом
        себя ничего ей может они тут где есть надо ней для мы тебя их чем сам сама само сами
        чтоб чтобы без будто чего раз тоже себе под подо будет будут ж кто этот эта это эти
        этого этой этом этих этим тот того той том тех тем потому какой какая какие какого
        совсем ним здесь почти мой моя моё мои свой своя своё свои своей своих своего своим наш
        наша наши ваш ваша ваши нас нам вами нами них им ими при про через над между перед
        передо после который которая которое которые которого которой которых которым которую
        также однако более менее лишь очень весь вся всё всех всего всем всей хотя пока куда
        зачем почему сейчас тогда такой такая такие эту
    """,
    "sr": """
        i u na je se da su od za sa s o iz po do kod kao ali ili a te ni niti jer ako dok kad
        kada pre posle nakon pred pod nad među između bez kroz protiv prema zbog uz oko preko ka
        k što šta ko tko koji koja koje koju kojeg kojem kojih kojim kome čiji gde gdje kako
        zašto koliko nego već li ne nije nisu nisam ja ti on ona ono mi vi oni one me mene meni
        tebe tebi ga njega mu njemu nju joj njoj nas nama vas vama ih njih im njima svoj svoje
        svoju moj moja naš naša vaš njegov njen njihov taj ta to tog tom tim tih ovaj ova ovo
        ovog ove ovih onaj onog sam si smo ste bio bila bilo bili biti bi bih bude budu će ću
        ćemo treba može mogu ima imaju sve svi sva svih svaki neki neka neke još samo vrlo veoma
        više takođe također tako tada sada tu tamo ovde ovdje jedan međutim и у на је се да су
        од за са с о из по до код као али или а те ни нити јер ако док кад када пре после након
        пред под над међу између без кроз против према због уз око преко ка к што шта ко који
        која које коју којег којем којих којим коме чији где како зашто колико него већ ли не
        није нису нисам ја ти он она оно ми ви они оне ме мене мени тебе теби га њега му њему њу
        јој њој нас нама вас вама их њих им њима свој своје своју мој моја наш наша ваш његов
        њен њихов тај та то тог том тим тих овај ова ово овог ове ових онај оног сам си смо сте
        био била било били бити би бих буде буду ће ћу ћемо треба може могу има имају све сви
        сва свих сваки неки нека неке још само врло веома више такође тако тада сада ту тамо
        овде међутим
    """,
    "sv": """
        och i att det en ett den de dem som på till är av för med var inte han hon jag du vi ni
        man sig från vid om har hade ha blev blir bli blivit varit vara vill ville ska skall
        skulle kan kunde måste får fick men eller så när då där vad vem vilken vilket vilka hur
        varför eftersom medan efter före under över mellan mot utan genom sedan innan hos upp
        ner ut in här detta dessa denna sin sitt sina hans hennes deras min mitt mina din ditt
        dina vår vårt våra er ert era oss mig dig honom henne också bara endast mycket mer mest
        nu än alla allt annan annat andra något någon några ingen inget inga ju själv både samt
        ännu redan alltid aldrig enligt
    """,
    "ta": """
        ஒரு என்று மற்றும் இந்த இது என்ற கொண்டு என்பது பல ஆகும் அல்லது அவர் நான் உள்ள அந்த இவர்
        என என்ன இருந்து சில என் போன்ற வேண்டும் வந்து இதன் அது அவன் தான் பலரும் என்னும் மேலும்
        பின்னர் கொண்ட இருக்கும் தனது உள்ளது போது என்றும் அதன் தன் பிறகு அவர்கள் வரை அவள் நீ ஆகிய
        இருந்தது உள்ளன வந்த இருந்த மிகவும் இங்கு மீது ஓர் இவை இந்தக் பற்றி வரும் வேறு இரு இதில்
        போல் இப்போது அவரது மட்டும் இந்தப் எனும் மேல் பின் சேர்ந்த ஆகியோர் எனக்கு இன்னும் அந்தப்
        அன்று ஒரே மிக அங்கு பல்வேறு விட்டு அதை பற்றிய உன் அதிக அந்தக் இதனால் அவை அதே ஏன் யார்
        என்பதை எல்லாம் மட்டுமே இங்கே அங்கே அதில் நாம் அதற்கு எனவே பிற மற்ற எந்த எனினும் ஆனால்
        நாங்கள் நீங்கள்
    """,
    "tr": """
        ve veya ya da de ile ama fakat ancak lakin çünkü eğer ki ise ne hem için gibi kadar göre
        karşı sonra önce beri dolayı rağmen üzere doğru bu şu o bunu şunu onu buna ona bunun
        onun bunlar onlar bunda onda bundan ondan ben sen biz siz beni bana benim seni sana
        senin bizi bize bizim sizi size sizin onları onların kendi kendisi kendine hangi kim
        kime kimin neden niçin nasıl nerede nereye mı mi mu mü değil var yok olan olarak olduğu
        olduğunu oldu olur olacak olmak olması idi iken etti eden eder ederek edildi bir bazı
        her hiç hiçbir tüm bütün çok daha en az birçok birkaç biri başka diğer aynı böyle şöyle
        öyle artık hâlâ hala bile sadece yalnız yalnızca şimdi burada orada ayrıca yani yine
    """,
    "uk": """
        і й та в у на не що як з із зі до за від для по про при над під між через перед після
        без біля проти але або чи якщо коли де куди чому бо тому щоб хоча поки ніж то це цей ця
        ці цього цієї цих цьому цим той того тієї тих тим я ти він вона воно ми ви вони мене
        мені тебе тобі його йому ним її їй нею нас нам вас вам їх їм ними мій моя моє мої твій
        свій своя своє свої своєї своїх свого наш наша ваш який яка яке які якого якої яких яким
        яку хто кого кому чого чим є був була було були бути буде будуть би б ж же ні так також
        теж лише тільки вже ще дуже більше менше весь вся все всі всіх кожен інший інші сам сама
        там тут зараз тоді однак проте
    """,
    "vi": """
        và của là có được cho các những một này đó không với trong khi đã đang sẽ từ đến để theo
        về ở tại trên dưới ra vào lên xuống bị do bởi vì nên nếu thì mà nhưng hoặc hay cũng vẫn
        còn rất hơn nhất như thế vậy ai gì nào đâu sao tôi anh chị ông bà họ chúng ta mình nó
        mỗi mọi cả nhiều ít vài rồi nữa lại chỉ phải cần việc sau trước qua giữa
    """,
    "yi": """
        און אין דער די דאָס דעם דאס אַ אַן א אן צו פֿון פון מיט פֿאַר פאר אויף ביי בײַ נאָך נאך
        אָבער אבער אָדער אדער ווי וואָס וואס ווען וווּ וואו ווער ווייל אַז אז אויב איז זענען
        זיינען בין ביסט זײַן זיין געווען האָט האט האָבן האבן האָב וועט וועלן וואָלט קען קענען
        דאַרף מוז זאָל ניט נישט קיין יאָ יא איך דו ער זי עס מיר איר זיי מיך אים אונדז אונז זיך
        מײַן דײַן אונדזער זייער דאָרט דא דאָ דאן דעמאָלט איצט נאָר נאר אויך שוין מער אַלע אלע
        יעדער אַזוי אזוי אַנדערע דורך אונטער איבער צווישן אָן ביז אויס אַרויס אַריין
    """,
    "zh": """
        的 一 了 是 在 不 有 和 与 及 或 而 但 也 就 都 又 还 很 更 最 这 那 这个
        那个 这些 那些 这样 那样 我 你 他 她 它 我们 你们 他们 她们 它们 自己 谁 什么 怎么
        哪 哪里 为什么 多少 为 以 于 从 到 向 对 对于 关于 由 由于 把 被 让 给 跟 同 比
        按 按照 根据 通过 因为 所以 因此 如果 虽然 但是 然而 而且 并 并且 以及 只 只有 只要
        才 已 已经 曾 正在 将 会 能 可以 可 要 应 应该 没 没有 上 下 中 里 内 外 前 后
        之 其 其中 此 该 各 每 某 等 个 们 着 过 地 得 吗 呢 吧 啊 来 去 说 時 這 個
        們 為 與 對 將 會 沒 還 後 來 說 從
    """,
}


@cache
def stop_words(language: str) -> frozenset[str]:
    """The stop words of a language as surface forms; empty for languages without a list.

    >>> "a" in stop_words("fr"), "maison" in stop_words("fr"), stop_words("xx")
    (True, False, frozenset())
    """
    return frozenset(surface(word) for word in _WORDS.get(language, "").split())
